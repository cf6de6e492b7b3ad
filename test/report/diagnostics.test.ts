// Diagnostics as text, annotations and SARIF; and that every code that is raised can be explained.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { Diagnostic } from "../../src/contract/diagnostic.ts";
import { everyCode } from "../../src/library/explain.ts";
import { annotations } from "../../src/report/annotations.ts";
import { knownCodes } from "../../src/report/codes.ts";
import { diagnosticsText } from "../../src/report/diagnostics.ts";
import { sarif } from "../../src/report/sarif.ts";
import { wordDiff } from "../../src/report/word-diff.ts";

const otp: Diagnostic = {
  file: "templates/sms/otp.yaml",
  line: 7,
  column: 12,
  code: "CX3201",
  severity: "error",
  message: "content needs 2 segments; maxSegments is 1",
  hint: "Shorten the text, or raise maxSegments.",
};

test("a diagnostic is its place, message and code, then the source line with a caret, then the hint", () => {
  const sources = new Map([[otp.file, `${"\n".repeat(6)}  content: "Your code"\n`]]);
  assert.equal(
    diagnosticsText([otp], { sources }),
    `templates/sms/otp.yaml:7:12: content needs 2 segments; maxSegments is 1 [CX3201]
  7 |   content: "Your code"
    |            ^
  hint: Shorten the text, or raise maxSegments.
`,
  );
});

test("diagnostics are sorted by file, line, column and code, and warnings say that they are", () => {
  const warning: Diagnostic = { ...otp, severity: "warning", line: 2 };
  const other: Diagnostic = { ...otp, file: "a.yaml" };
  const heads = diagnosticsText([otp, warning, other])
    .split("\n")
    .filter((line) => line.includes("[CX"));
  assert.deepEqual(
    heads.map((line) => line.split(" ").slice(0, 2).join(" ")),
    ["a.yaml:7:12: content", "templates/sms/otp.yaml:2:12: warning:", "templates/sms/otp.yaml:7:12: content"],
  );
});

test("the caret stands under the character even behind wide and invisible ones", () => {
  const source = "body: 中文 \u202e here";
  const [, line, caret] = diagnosticsText([{ ...otp, line: 1, column: source.indexOf("here") + 1, length: 4 }], {
    sources: new Map([[otp.file, source]]),
  }).split("\n");
  // Each of the two ideographs takes two cells, the mark is shown as eight characters.
  assert.equal(line, "  1 | body: 中文 \\u{202e} here");
  assert.equal(caret, `    | ${" ".repeat(20)}^^^^`);
});

test("annotations keep to ten a severity, and the last one says how many more there are", () => {
  const many = Array.from({ length: 14 }, (_, at): Diagnostic => ({ ...otp, line: at + 1 }));
  const lines = annotations([...many, { ...otp, severity: "warning" }])
    .trimEnd()
    .split("\n");
  assert.equal(lines.length, 11);
  assert.match(lines[9] as string, /^::error title=cxform::5 more errors; cxform validate lists all 14$/);
  assert.match(lines[10] as string, /^::warning file=/);
  assert.equal(
    annotations([{ ...otp, file: "a,b:c%.yaml", message: "x" }]),
    "::error file=a%2Cb%3Ac%25.yaml,line=7,col=12,title=CX3201::x [CX3201]%0Ahint: Shorten the text, or raise maxSegments.\n",
  );
});

test("SARIF names each rule once and points into the file", () => {
  const log = sarif([otp, { ...otp, line: 9, length: 3, address: "SmsTemplate/otp" }], "0.1.0", (code) =>
    everyCode().find((one) => one.code === code),
  ) as {
    readonly version: string;
    readonly runs: readonly {
      readonly tool: {
        readonly driver: {
          readonly rules: readonly { readonly id: string; readonly help: { readonly text: string } }[];
        };
      };
      readonly results: readonly unknown[];
    }[];
  };
  assert.equal(log.version, "2.1.0");
  assert.deepEqual(
    log.runs[0]?.tool.driver.rules.map((rule) => rule.id),
    ["CX3201"],
  );
  assert.notEqual(log.runs[0]?.tool.driver.rules[0]?.help.text, "");
  assert.deepEqual(log.runs[0]?.results[1], {
    ruleId: "CX3201",
    ruleIndex: 0,
    level: "error",
    message: { text: `${otp.message}\n${otp.hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: otp.file },
          region: { startLine: 9, startColumn: 12, endColumn: 15 },
        },
        logicalLocations: [{ fullyQualifiedName: "SmsTemplate/otp", kind: "resource" }],
      },
    ],
  });
});

test("every code that the sources raise can be explained, and no table has one twice", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const documented = new Set(everyCode().map((one) => one.code));
  const raised = new Map<string, string>();
  for (const file of files) {
    const text = readFileSync(join("src", file), "utf8");
    for (const [, code] of text.matchAll(/["'](CX\d{4})["']/g)) raised.set(code as string, file);
  }
  assert.ok(raised.size > 100, `only ${raised.size} codes were found`);
  const missing = [...raised].filter(([code]) => !documented.has(code)).map(([code, file]) => `${code} of ${file}`);
  assert.deepEqual(missing, []);
  const codes = knownCodes.map((one) => one.code);
  assert.deepEqual(codes, [...new Set(codes)]);
  for (const one of everyCode()) {
    assert.match(one.hint, /^[A-Z].*\."?$/s, `the hint of ${one.code}`);
    assert.notEqual(one.reason, "", one.code);
  }
});

test("words that changed are marked, and both texts can be read from the pieces", () => {
  const [before, after] = ["Hi Ann, your parcel left at nine.", "Hello Ann, your big parcel left at ten."];
  const pieces = wordDiff(before, after);
  assert.equal(
    pieces
      .filter(({ is }) => is !== "added")
      .map(({ text }) => text)
      .join(""),
    before,
  );
  assert.equal(
    pieces
      .filter(({ is }) => is !== "removed")
      .map(({ text }) => text)
      .join(""),
    after,
  );
  assert.deepEqual(
    pieces.filter(({ is }) => is === "removed").map(({ text }) => text),
    ["Hi", "nine"],
  );
});
