// `cxform serve`: the receiver of CXone's events on a port of this machine, until it is interrupted.
import { Option } from "commander";
import type { CommandDefinition } from "./command.ts";
import { commitOf } from "./git.ts";
import { envFlag, openProject } from "./project.ts";
import { Usage } from "./usage.ts";

export interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly database?: string;
}

export const serve: CommandDefinition<ServeFlags> = {
  name: "serve",
  summary: "take events of CXone and the CMS, keep them and act on them, until interrupted",
  formats: ["text", "json"],
  examples: [
    "cxform serve --env production --port 8080",
    "CXFORM_DATABASE_URL=postgres://cxform:…@db/cxform cxform serve --env production",
  ],
  declare(command) {
    command
      .addOption(new Option("--port <number>", "port; 0 takes any free one").default("8080"))
      .addOption(new Option("--host <address>", "address to listen on").default("127.0.0.1"))
      .addOption(
        new Option("--database <url>", "PostgreSQL, for several instances (default: CXFORM_DATABASE_URL, or a file)"),
      );
  },
  options({ flags }) {
    const port = Number(flags["port"]);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new Usage(`--port is no port: ${String(flags["port"])}`, "Write a number from 0 to 65535.");
    }
    const { database } = flags;
    if (typeof database === "string" && !/^postgres(?:ql)?:\/\//.test(database)) {
      throw new Usage("--database is no address of PostgreSQL", "Write postgres://user@host/name.");
    }
    return { port, host: String(flags["host"]), ...(typeof database === "string" ? { database } : {}) };
  },
  async run(flags, context) {
    const { common, terminal } = context;
    const { config, environment } = await openProject(context);
    const commit = await commitOf(config.root, terminal);
    const [library, { attributionOf }, { harmlessJson }, { workInThread }] = await Promise.all([
      import("../library/serve.ts"),
      import("../library/attribution.ts"),
      import("../report/harmless.ts"),
      import("./work-thread.ts"),
    ]);
    const attribution = attributionOf(terminal.world, commit);
    const options = {
      config,
      environment,
      world: terminal.world,
      attribution,
      port: flags.port,
      host: flags.host,
      databaseUrl: flags.database,
      signal: terminal.stopGently(),
      onListening(serving: Parameters<NonNullable<Parameters<typeof library.serve>[0]["onListening"]>>[0]) {
        if (common.format === "json") terminal.outRaw(`${harmlessJson({ ...serving })}\n`);
        else terminal.out(`receiver of ${serving.environment} at ${serving.url}, events in ${serving.database}\n`);
      },
      openWork: workInThread({
        project: { config, environment, attribution, databaseUrl: flags.database, flag: envFlag(common) },
        onTrouble: (line) => terminal.err(`${line}\n`),
      }),
    };
    await library.serve(options).catch((error: unknown) => {
      throw refusal(error, flags);
    });
    return 0;
  },
};

/** A taken port or a foreign address is the caller's mistake; anything else is told as it is. */
function refusal(error: unknown, { port, host }: ServeFlags): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "EADDRINUSE" || code === "EACCES") {
    const why = code === "EACCES" ? "permission denied" : "it is taken";
    return new Usage(`port ${port} cannot be used: ${why}`, "Name another --port, or 0 for any free one.");
  }
  if (["EADDRNOTAVAIL", "ENOTFOUND", "EINVAL"].includes(code)) {
    return new Usage(`${host} is no address of this machine`, "Name another --host, such as 127.0.0.1 or 0.0.0.0.");
  }
  return error;
}
