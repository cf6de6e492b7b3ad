// `cxform completion SHELL`: completion scripts for bash, zsh and fish, from the commands' own definitions.
import { Argument } from "commander";
import type { CommandDefinition, Completable } from "./command.ts";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

export interface CompletionFlags {
  readonly shell: Shell;
}

export const completion: CommandDefinition<CompletionFlags> = {
  name: "completion",
  summary: "a completion script for bash, zsh or fish",
  formats: ["text"],
  examples: [
    "cxform completion bash > /etc/bash_completion.d/cxform",
    "cxform completion fish > ~/.config/fish/completions/cxform.fish",
  ],
  declare(command) {
    command.addArgument(new Argument("<SHELL>", "which shell").choices(shells));
  },
  options: ({ args }) => ({ shell: args[0] as Shell }),
  async run({ shell }, { terminal, completables }) {
    terminal.outRaw(script(shell, completables()));
    return 0;
  },
};

export function script(shell: Shell, commands: readonly Completable[]): string {
  return shell === "bash" ? bash(commands) : shell === "zsh" ? zsh(commands) : fish(commands);
}

function topLevel(commands: readonly Completable[]): readonly string[] {
  return [...new Set(commands.map((command) => command.name.split(" ")[0] as string))];
}

function bash(commands: readonly Completable[]): string {
  const groups = new Set(
    commands.filter((command) => command.name.includes(" ")).map((command) => command.name.split(" ")[0] as string),
  );
  const cases = commands.map(({ name, flags }) => {
    const choices = flags.flatMap(({ flag, choices: words }) =>
      words.length === 0 ? [] : [`        ${flag}) words="${words.join(" ")}" ;;`],
    );
    return [
      `    "${name}")`,
      `      words="${flags.map(({ flag }) => flag).join(" ")}"`,
      ...(choices.length === 0 ? [] : ['      case "$before" in', ...choices, "      esac"]),
      "      ;;",
    ].join("\n");
  });
  const inGroups = [...groups].map(
    (group) =>
      `    "${group}") words="${commands
        .filter((command) => command.name.startsWith(`${group} `))
        .map((command) => command.name.slice(group.length + 1))
        .join(" ")}" ;;`,
  );
  return [
    "# bash completion of cxform",
    "_cxform() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="" words="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    `    case " ${topLevel(commands).join(" ")} " in *" $word "*) [ -z "$command" ] && command="$word" ;; esac`,
    ...[...groups].map(
      (group) =>
        `    case " ${commands
          .filter((command) => command.name.startsWith(`${group} `))
          .map((command) => command.name.slice(group.length + 1))
          .join(" ")} " in *" $word "*) [ "$command" = ${group} ] && command="${group} $word" ;; esac`,
    ),
    "  done",
    '  case "$command" in',
    `    "") words="${topLevel(commands).join(" ")}" ;;`,
    ...inGroups,
    ...cases,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -o default -F _cxform cxform",
    "",
  ].join("\n");
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(commands: readonly Completable[]): string {
  const described = (name: string, text: string): string => quoted(`${name.replaceAll(":", "\\:")}:${text}`);
  const top = topLevel(commands).map((name) =>
    described(name, commands.find((command) => command.name === name)?.summary ?? `${name} commands`),
  );
  const cases = topLevel(commands).map((name) => {
    const own = commands.filter((command) => command.name === name || command.name.startsWith(`${name} `));
    const subcommands = own
      .filter((command) => command.name !== name)
      .map((command) => command.name.slice(name.length + 1));
    const flags = new Map(own.flatMap((command) => command.flags).map((flag) => [flag.flag, flag]));
    const specs = [...flags.values()].map(({ flag, description, choices }) => {
      const text = description.replaceAll("[", "(").replaceAll("]", ")").replaceAll(":", ";");
      return quoted(`${flag}[${text}]${choices.length === 0 ? "" : `:value:(${choices.join(" ")})`}`);
    });
    const first = subcommands.length === 0 ? quoted("*:file:_files") : quoted(`1:command:(${subcommands.join(" ")})`);
    return `    ${name}) _arguments ${[...specs, first].join(" ")} ;;`;
  });
  return [
    "#compdef cxform",
    "_cxform() {",
    "  if (( CURRENT == 2 )); then",
    `    local -a commands=(${top.join(" ")})`,
    "    _describe command commands",
    "    return",
    "  fi",
    '  local command="$words[2]"',
    "  shift words",
    "  (( CURRENT-- ))",
    '  case "$command" in',
    ...cases,
    "  esac",
    "}",
    "compdef _cxform cxform",
    "",
  ].join("\n");
}

function fish(commands: readonly Completable[]): string {
  const top = topLevel(commands);
  const seen = new Set<string>();
  const lines = top.map((name) => {
    const summary = commands.find((command) => command.name === name)?.summary ?? `${name} commands`;
    return `complete -c cxform -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`;
  });
  for (const { name, summary, flags } of commands) {
    const [group = "", subcommand] = name.split(" ");
    const condition = quoted(`__fish_seen_subcommand_from ${group}`);
    if (subcommand !== undefined)
      lines.push(`complete -c cxform -f -n ${condition} -a ${subcommand} -d ${quoted(summary)}`);
    for (const { flag, description, choices } of flags) {
      const line = `complete -c cxform -n ${condition} -l ${flag.slice(2)} -d ${quoted(description)}${choices.length === 0 ? "" : ` -xa ${quoted(choices.join(" "))}`}`;
      if (!seen.has(`${group} ${flag}`)) lines.push(line);
      seen.add(`${group} ${flag}`);
    }
  }
  return ["# fish completion of cxform", ...lines, ""].join("\n");
}
