// Every command, in the order of the help. To add one: its file, a line here, a section in docs/commands.md.
import { apply } from "./apply.ts";
import { auditList, auditRebuild, auditRecover, auditVerify } from "./audit.ts";
import type { CommandDefinition } from "./command.ts";
import { completion } from "./completion.ts";
import { consentCheck } from "./consent.ts";
import { doctor } from "./doctor.ts";
import { drift } from "./drift.ts";
import { environments } from "./environments.ts";
import { eventsFlush, eventsList, eventsPurge, eventsRetry } from "./events.ts";
import { explain } from "./explain.ts";
import { fmt } from "./fmt.ts";
import { history } from "./history.ts";
import { importCommand } from "./import.ts";
import { init } from "./init.ts";
import { metrics } from "./metrics.ts";
import { plan } from "./plan.ts";
import { report } from "./report.ts";
import { resolve } from "./resolve.ts";
import { rollback } from "./rollback.ts";
import { schema } from "./schema.ts";
import { serve } from "./serve.ts";
import { settle } from "./settle.ts";
import { simulator } from "./simulator.ts";
import { status } from "./status.ts";
import { unlock } from "./unlock.ts";
import { validate } from "./validate.ts";

export const commands: readonly CommandDefinition<unknown>[] = [
  validate,
  plan,
  apply,
  settle,
  resolve,
  status,
  history,
  auditVerify,
  auditList,
  auditRebuild,
  auditRecover,
  metrics,
  report,
  importCommand,
  rollback,
  drift,
  consentCheck,
  serve,
  eventsList,
  eventsRetry,
  eventsFlush,
  eventsPurge,
  simulator,
  init,
  environments,
  schema,
  explain,
  doctor,
  unlock,
  fmt,
  completion,
] as readonly CommandDefinition<unknown>[];
