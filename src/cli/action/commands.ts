// The action's commands by name: it reads the inputs, calls the library and src/github as the command line does, and has no way of its own into them.
import { failureText } from "../../report/failure-text.ts";
import { tell } from "../failure.ts";
import { Usage } from "../usage.ts";
import { apply } from "./apply.ts";
import { comment } from "./comment.ts";
import { drift, settle } from "./follow-up.ts";
import { plan, validate } from "./plan.ts";
import { queue } from "./queue.ts";
import { annotation, type Runner } from "./runner.ts";
import { type Setting, settingOf } from "./setting.ts";

const commands: Readonly<Record<string, (setting: Setting) => Promise<number>>> = {
  validate,
  plan,
  comment,
  queue,
  apply,
  settle,
  drift,
};

/** Runs the command that the inputs name; what stops it is told in the log and as an annotation. Answers the exit code. */
export async function runCommand(runner: Runner): Promise<number> {
  const name = runner.input("command") ?? "";
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined)
      throw new Usage(
        `there is no command ${name || "in the inputs"}`,
        `Write one of ${Object.keys(commands).join(", ")}.`,
      );
    return await command(settingOf(runner));
  } catch (error) {
    const told = tell(error, { command: name, stepsDone: 0, flag: "" });
    runner.say(failureText(told));
    runner.command(annotation("error", `${told.message} [${told.code}]\n${told.hint}`));
    return told.exit;
  }
}
