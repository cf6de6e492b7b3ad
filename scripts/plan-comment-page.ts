// Writes docs/plan-comment.md from the example of the tests.
import { writeFileSync } from "node:fs";
import { planCommentPage } from "./plan-comment-text.ts";

writeFileSync("docs/plan-comment.md", planCommentPage());
console.log("docs/plan-comment.md");
