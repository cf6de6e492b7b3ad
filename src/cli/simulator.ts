// `cxform simulator`: the CXone double on a port of this machine, until it is interrupted.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { untilAborted } from "../base/aborted.ts";
import type { FaultRule } from "../simulator/simulator.ts";
import type { CommandDefinition } from "./command.ts";
import { durationFlag } from "./duration-flag.ts";
import { reasonOf } from "./system-word.ts";
import { Usage } from "./usage.ts";

export interface SimulatorFlags {
  readonly port: number;
  readonly seed?: string;
  readonly reviewDelayMs?: number;
  readonly faults?: string;
  readonly state?: string;
}

export const simulator: CommandDefinition<SimulatorFlags> = {
  name: "simulator",
  summary: "run the CXone double: a server with state of its own, until interrupted",
  formats: ["text", "json"],
  examples: [
    "cxform simulator --port 4010",
    "cxform simulator --seed 7 --review-delay 200ms --faults faults.yaml --state .cxform/double",
  ],
  declare(command) {
    command
      .addOption(new Option("--port <number>", "port on 127.0.0.1; 0 takes any free one").default("0"))
      .addOption(new Option("--seed <seed>", "the same seed, the same ids and decisions"))
      .addOption(new Option("--review-delay <duration>", "from submission to decision (default: 2s)"))
      .addOption(new Option("--faults <file>", "fault script, YAML or JSON"))
      .addOption(new Option("--state <dir>", "keep the state in a folder (default: memory)"));
  },
  options({ flags }) {
    const port = Number(flags["port"]);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new Usage(`--port is no port: ${String(flags["port"])}`, "Write a number from 0 to 65535.");
    }
    const delay = flags["reviewDelay"];
    return {
      port,
      ...(typeof flags["seed"] === "string" ? { seed: flags["seed"] } : {}),
      ...(typeof delay === "string" ? { reviewDelayMs: durationFlag("--review-delay", delay) } : {}),
      ...(typeof flags["faults"] === "string" ? { faults: flags["faults"] } : {}),
      ...(typeof flags["state"] === "string" ? { state: flags["state"] } : {}),
    };
  },
  async run(flags, { common, terminal }) {
    const [{ startSimulator }, { harmlessJson }] = await Promise.all([
      import("../simulator/simulator.ts"),
      import("../report/harmless.ts"),
    ]);
    const faults = flags.faults === undefined ? undefined : await readFaults(flags.faults, terminal.cwd);
    const running = await startSimulator({
      port: flags.port,
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      ...(flags.reviewDelayMs === undefined ? {} : { reviewDelayMs: flags.reviewDelayMs }),
      ...(faults === undefined ? {} : { faults }),
      ...(flags.state === undefined ? {} : { stateDir: resolve(terminal.cwd, flags.state) }),
    }).catch((error: unknown) => {
      throw refusal(error, flags);
    });
    const stop = terminal.stopGently();
    const { families, client, url } = running;
    if (common.format === "json") {
      terminal.outRaw(`${harmlessJson({ url, families, client })}\n`);
    } else {
      const rows = Object.entries(families).map(
        ([family, { baseUrl, tokenUrl }]) => `  ${`${family}:`.padEnd(14)}${baseUrl}  (tokens: ${tokenUrl})\n`,
      );
      terminal.out(
        `CXone simulator at ${url}\n${rows.join("")}  client id:    ${client.id}\n  secret:       ${client.secret}\n`,
      );
      if (!common.quiet) terminal.err("interrupt it with Ctrl-C\n");
    }
    await untilAborted(stop);
    await running.close();
    return 0;
  },
};

/** A taken port or a folder of something else is the caller's mistake; anything else is ours. */
function refusal(error: unknown, flags: SimulatorFlags): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE" || code === "EACCES") {
    return new Usage(
      `port ${flags.port} cannot be used: ${code === "EACCES" ? "permission denied" : "it is taken"}`,
      "Name another --port, or 0 for any free one.",
    );
  }
  if (flags.state !== undefined && error instanceof Error) {
    return new Usage(
      `--state ${flags.state} cannot be used: ${error.message}`,
      "Name an empty folder, or one that a simulator wrote and none uses now.",
    );
  }
  return error;
}

async function readFaults(path: string, cwd: string): Promise<readonly FaultRule[]> {
  const [{ parse }, { parseFaults }] = await Promise.all([import("yaml"), import("../simulator/simulator.ts")]);
  let text: string;
  try {
    text = readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    throw new Usage(`the fault script ${path} cannot be read: ${reasonOf(error)}`, "Name a YAML or JSON file.");
  }
  try {
    // JSON is YAML 1.2, so that one reader serves both.
    return parseFaults(parse(text, { maxAliasCount: 0 }));
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new Usage(`${path}: ${message}`, "Correct the script; docs/commands.md shows one.");
  }
}
