// The page docs/plan-comment.md, whose comment is what the code renders of the example of the tests.
import { planComment } from "../src/report/plan-comment.ts";
import { exampleView } from "../test/report/example.ts";

const before = `# The comment on a pull request

Whoever reviews a pull request need not know YAML, CXone or cxform. One comment says, for all environments together and kept up to date:
whom the change reaches, what happens on merge and when, how each message will read, who has to approve, and that nothing else will be done.

- **Order.** A change of what judges the plan (APIs, credentials, hooks, guards, severities, protection) comes first, then people, then steps
  by risk: 🔴 what no revert undoes or what others must follow, 🟠 what changes in place, 🟢 the rest.
- **Several environments** share a row where the same happens in each.
- **Room.** GitHub takes 65,536 characters. What does not fit is left out whole, low risk first, and the job's summary has all of it.
- **Nobody's data.** No contact, no record and no secret is in it: records are counted, sensitive fields and examples that look like
  somebody's read \`(sensitive)\`. What comes from manifests or CXone stands in code, where it is neither a link nor a mention.
- **A plan and no more.** An apply plans again and goes on only if the digest is the one below; see [plan.md](plan.md#the-digest).

## An example

A changed WhatsApp template, an SMS template that becomes approved, and two batches with 340 opt-outs. This is the whole comment as it is
rendered by the code, between the two lines; \`npm run docs:comment\` writes it.

---

`;

const after = `
---
`;

export function planCommentPage(): string {
  // Its first line is for the poster alone, and its headings stand below this page's.
  const comment = planComment(exampleView())
    .split("\n")
    .slice(1)
    .join("\n")
    .replace(/^(#{2,3}) /gm, "#$1 ");
  return `${before}${comment}${after}`;
}
