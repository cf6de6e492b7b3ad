// The permanent codes of this folder: file and YAML (CX1), schema (CX2), records files (CX369x), config (CX8). It checks nothing.

export interface CodeEntry {
  readonly code: string;
  readonly title: string;
  /** Why it is refused. */
  readonly explanation: string;
  readonly hint: string;
}

type Line = readonly [code: string, title: string, explanation: string, hint: string];

// A code is never given to anything else; one that is no longer used stays free.
const lines: readonly Line[] = [
  [
    "CX1001",
    "unreadable file",
    "A manifest or config could not be opened or read.",
    "Check the file and its permissions.",
  ],
  [
    "CX1002",
    "file too large",
    "A YAML file may have 1 MiB, so that no file can exhaust the program.",
    "Split the file; put many consent records into a recordsFile.",
  ],
  [
    "CX1003",
    "not UTF-8",
    "YAML is read as UTF-8 alone; other encodings would change texts silently.",
    "Save the file as UTF-8.",
  ],
  [
    "CX1004",
    "byte order mark",
    "A byte order mark is invisible in editors and part of the first key for some readers.",
    "Save the file as UTF-8 without a byte order mark.",
  ],
  [
    "CX1005",
    "control character",
    "YAML 1.2 allows no control characters but tab and line feed; NUL truncates texts elsewhere.",
    "Remove the character.",
  ],
  [
    "CX1006",
    "tab",
    "Tabs have no width that YAML could count, so they neither indent nor separate.",
    "Replace the tab by spaces.",
  ],
  [
    "CX1007",
    "nesting too deep",
    "More than 64 levels are refused before anything is built from them.",
    "Flatten the structure, or close the bracket that was left open.",
  ],
  [
    "CX1008",
    "too many keys",
    "A map may have 1,000 keys; reading larger ones takes time that grows with their square.",
    "Split the map.",
  ],
  [
    "CX1009",
    "too many aliases",
    "A file may have 100 aliases, so that a small file cannot stand for a huge one.",
    "Write the repeated content out.",
  ],
  ["CX1010", "too many documents", "A file may have 1,000 documents.", "Split the file."],
  [
    "CX1011",
    "key not allowed",
    "__proto__, constructor and prototype have a meaning in JavaScript that no manifest may reach.",
    "Choose another key.",
  ],
  ["CX1012", "broken YAML", "The text is not YAML 1.2.", "Correct the YAML at the place that is shown."],
  ["CX1013", "duplicate key", "Two equal keys in one map: one of the values would be lost.", "Remove one of the two."],
  [
    "CX1014",
    "unknown tag",
    "Only the types of JSON are read; a tag asks for another.",
    "Remove the tag, or quote a value that begins with an exclamation mark.",
  ],
  ["CX1015", "directive", "%YAML of another version and %TAG change what the text means.", "Remove the line."],
  [
    "CX1016",
    "lone surrogate",
    "Half of a UTF-16 pair is no character and cannot be sent.",
    "Write the whole character, or remove it.",
  ],
  [
    "CX1017",
    "key that is no text",
    "An unquoted {{1}} is a map in a map for YAML, not a placeholder.",
    "Quote the placeholder.",
  ],
  [
    "CX1018",
    "altered number",
    "YAML read a number that is not what was written: a lost plus, lost digits, or no finite number.",
    "Quote the value.",
  ],
  [
    "CX1019",
    "alias",
    "An alias names no anchor above it, or repeats too much.",
    "Write the content out, or quote text that begins with an asterisk.",
  ],
  [
    "CX1020",
    "outside the project",
    "A path or symbolic link leads out of the folder of cxform.yaml; nothing outside it is read.",
    "Copy the file into the project.",
  ],
  [
    "CX1021",
    "no such path",
    "A path that was named on the command line does not exist or matches no manifest.",
    "Correct the path.",
  ],
  [
    "CX1022",
    "no manifest file",
    "Only regular files named *.yaml or *.yml are manifests; devices and pipes are not read.",
    "Name a manifest.",
  ],
  [
    "CX1023",
    "twin names",
    "Two names that differ only in case or Unicode form are one file on other disks.",
    "Rename one of the two.",
  ],
  [
    "CX1024",
    "too many signs",
    "A file may have 500,000 words and signs of YAML, so that no file can exhaust the memory.",
    "Split the file; put many consent records into a recordsFile.",
  ],
  [
    "CX1026",
    "unknown variable",
    "${name} names a variable that the environment does not have.",
    "Add it to the environment's variables, or write $${ for a literal ${.",
  ],
  [
    "CX1027",
    "broken variable",
    "A ${ begins no variable: a name and } must follow.",
    "Write ${name}, or $${ for a literal ${.",
  ],
  [
    "CX1028",
    "address declared twice",
    "Two documents declare one address; only one of them could be applied.",
    "Rename one of the two, or remove it.",
  ],
  [
    "CX1029",
    "allowance",
    "An annotation cxform.dev/allow-<rule code> must name a rule of the kind and say why.",
    "Correct the code, or write the reason.",
  ],
  ["CX2001", "missing field", "The schema demands a field that is not there.", "Add the field."],
  [
    "CX2002",
    "unknown field",
    "The schema does not have this field; a misspelt field would otherwise be ignored.",
    "Rename or remove it.",
  ],
  [
    "CX2003",
    "wrong type",
    "A value has another type than the schema demands. YAML reads unquoted digits as numbers.",
    "Write the type that the message names; quote texts that look like numbers.",
  ],
  ["CX2004", "not one of", "A value is not among those that the schema allows.", "Write one of the allowed values."],
  [
    "CX2005",
    "other violation",
    "A value breaks a limit, a form or a combination of the schema.",
    "Correct the value as the message says.",
  ],
  [
    "CX2006",
    "apiVersion",
    "The manifest is of a version that this tool does not read, or names none.",
    "Write apiVersion: cxform/v1.",
  ],
  ["CX2007", "unknown kind", "There is no kind of this name.", "Write one of the known kinds."],
  [
    "CX3694",
    "more findings",
    "At most 100 findings of a batch are listed; all are counted.",
    "Correct those that are listed and validate again.",
  ],
  [
    "CX3695",
    "records not checked",
    "The variable that names the records file is not set here, so validate could not read it.",
    "Set the variable, or validate where it is set.",
  ],
  [
    "CX3698",
    "records changed while read",
    "The records were not the same when they were read again; nothing of them was sent since.",
    "Leave the file alone while cxform runs, then plan again.",
  ],
  ["CX8001", "no config", "There is no cxform.yaml here or above.", "Run cxform init, or name the file with --config."],
  ["CX8002", "missing in the config", "The config lacks a field that is needed.", "Add the field."],
  [
    "CX8003",
    "wrong type in the config",
    "A value has another type than the config's schema demands.",
    "Write the type that the message names.",
  ],
  ["CX8004", "unknown in the config", "The config has a field that cxform does not know.", "Rename or remove it."],
  [
    "CX8005",
    "not one of in the config",
    "A value is not among those that are allowed.",
    "Write one of the allowed values.",
  ],
  [
    "CX8006",
    "other violation in the config",
    "A value breaks a limit or a form.",
    "Correct the value as the message says.",
  ],
  [
    "CX8007",
    "literal secret",
    "A secret stands in the file; secrets come from the environment only.",
    "Name a variable with fromEnv, and take the value out of the file and its history.",
  ],
  [
    "CX8008",
    "other version required",
    "The project asks for another version of cxform.",
    "Install a version within the range.",
  ],
  ["CX8009", "requiredVersion is no range", "requiredVersion is a semver range.", "Write a range such as '>=0.1'."],
  ["CX8010", "unknown default environment", "defaultEnvironment names no environment.", "Name one of environments."],
  ["CX8011", "unknown environment", "The named environment is not in the config.", "Name one with --env."],
  [
    "CX8012",
    "refused URL",
    "URLs are https; http is for this machine alone.",
    "Write an https address without user, query and fragment.",
  ],
  [
    "CX8013",
    "URL unknown",
    "A family is to be contacted whose base URL is missing or needs a tenant.",
    "Add the base URL or the tenant.",
  ],
  [
    "CX8014",
    "shared client",
    "Two environments have one base URL and one client id: each sees the other's objects as unmanaged.",
    "Give each a tenant or a client of its own.",
  ],
  [
    "CX8015",
    "variable not set",
    "An environment variable that is needed now is not set.",
    "Set the variable that the message names.",
  ],
  [
    "CX8016",
    "manifests outside the project",
    "Nothing outside the folder of cxform.yaml is read.",
    "Name a path below it.",
  ],
  [
    "CX8017",
    "no credentials",
    "A family is to be contacted and the environment names no credentials.",
    "Add credentials with clientId and clientSecret by fromEnv.",
  ],
  [
    "CX8019",
    "no effect beside simulator",
    "Addresses and credentials of an environment with a simulator are built in.",
    "Remove the setting, or remove simulator.",
  ],
  [
    "CX8020",
    "shared ledger",
    "Two environments name one ledger folder or branch; a ledger belongs to one.",
    "Give each environment a ledger.dir or ledger.branch of its own.",
  ],
  [
    "CX8023",
    "no such rule",
    "`rules` names a code that no rule has; the severity would be read and ignored.",
    "Name a rule of docs/rules.md, or remove it.",
  ],
  [
    "CX8024",
    "severity is fixed",
    "The rules of consent records cannot be lowered: a row that breaks one is never sent.",
    "Remove the severity, and correct the records.",
  ],
  [
    "CX8025",
    "misspelt folder of manifests",
    "`manifests` names a folder that does not exist beside one that is called almost the same; nothing in it would be declared.",
    "Write the folder's name, or remove the entry.",
  ],
];

export const manifestCodes: readonly CodeEntry[] = lines.map(([code, title, explanation, hint]) => ({
  code,
  title,
  explanation,
  hint,
}));
