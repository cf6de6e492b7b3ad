// Writes this repository's own workflows from the text that a user is given; a test holds the two to each other.
import { writeFileSync } from "node:fs";
import { workflows } from "../src/library/workflows.ts";
import { ownOptions } from "../test/workflows/files.ts";

for (const [path, text] of workflows(ownOptions)) writeFileSync(path, text);
