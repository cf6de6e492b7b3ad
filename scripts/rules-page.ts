// Writes docs/rules.md from the rules.
import { writeFileSync } from "node:fs";
import { documentedKinds, rulesPage } from "./rules-text.ts";

writeFileSync("docs/rules.md", rulesPage());
console.log(`docs/rules.md: ${documentedKinds().reduce((sum, { rules }) => sum + rules.length, 0)} rules`);
