// The permanent codes that are raised outside of rules and manifests: plan and guards (CX4), CXone (CX5), ledger (CX6), GitHub (CX7), credentials (CX8). It raises none.

export interface KnownCode {
  readonly code: string;
  readonly title: string;
  /** Why it is told, in a sentence or two. */
  readonly reason: string;
  readonly hint: string;
}

type Line = readonly [code: string, title: string, reason: string, hint: string];

// A code is never given to anything else; a test holds this table to what the sources raise.
const lines: readonly Line[] = [
  [
    "CX4001",
    "stale plan",
    "The plan made now is not the one that was reviewed: a manifest or CXone has changed since.",
    "Review the plan made now; apply PLANFILE --partial performs the steps that are still the same.",
  ],
  [
    "CX4002",
    "read-only environment",
    "The environment says readOnly: true, so nothing may be written to it.",
    "Apply to another environment, or take readOnly out of its config.",
  ],
  [
    "CX4003",
    "unusable plan file",
    "The plan file is no plan, was altered after it was made, or belongs to another environment or format.",
    "Make a new plan with cxform plan --out FILE and have it reviewed.",
  ],
  [
    "CX4004",
    "nobody to ask",
    "Without a terminal nobody can say yes to the plan, and --yes was not given.",
    "Run apply with --yes, or at a terminal.",
  ],
  [
    "CX4005",
    "protected environment",
    "The environment says protected: true: it is applied only by CI, from the default branch, with exactly what a commit holds.",
    "Merge the change and let the apply workflow run; in an emergency use apply --break-glass.",
  ],
  [
    "CX4006",
    "not approved",
    "A protected environment is applied only by a run that somebody other than the author approved, as GitHub itself says.",
    "Give the environment's gate required reviewers, run the apply workflow again and let one of them approve it.",
  ],
  [
    "CX4007",
    "dirty tree",
    "The working tree has changes that no commit holds: nobody could say later what was applied.",
    "Commit the changes, or run apply with --allow-dirty.",
  ],
  [
    "CX4008",
    "no glass to break",
    "--break-glass passes by the protection of an environment for a recorded reason; without protection or reason it means nothing.",
    "Run apply without it, or say in a sentence what happened.",
  ],
  [
    "CX4010",
    "too many retirements",
    "More resources than guards.maxRetire allows would be left without an active version: often a folder that was moved, not meant to go.",
    "Check the plan, then run apply with --acknowledge and its digest.",
  ],
  [
    "CX4011",
    "too many updates",
    "More resources than guards.maxUpdate allows would be changed at once.",
    "Check the plan, then run apply with --acknowledge and its digest.",
  ],
  [
    "CX4012",
    "too many opt-ins",
    "More opt-ins than guards.maxOptIns allows would be sent. Opt-outs are never guarded.",
    "Check the batches, then run apply with --acknowledge and the plan's digest; opt-outs go at once with apply --opt-outs-only.",
  ],
  [
    "CX4013",
    "acknowledgement of another plan",
    "--acknowledge is a yes to one plan, and the plan made now has another digest.",
    "Review the plan made now and acknowledge its digest.",
  ],
  [
    "CX4020",
    "category changed by CXone",
    "Meta may put a template into another category by itself, which changes its cost and the consent that it needs. cxform reports it and never changes it back.",
    "Check consent and cost, then declare the category or appeal the change in CXone.",
  ],
  [
    "CX4021",
    "registered words changed",
    "The carriers approved the words of an A2P registration; other words are not carrier-ready until they are registered again.",
    "Register the new wording under a new A2pRegistration, or restore the registered one.",
  ],
  [
    "CX4022",
    "words of another version",
    "The body and footer repeat those of another version of that language, which Meta rejects as a duplicate.",
    "Alter the wording of the body or the footer.",
  ],
  [
    "CX4030",
    "batch removed",
    "Removing a batch of consent records takes nothing back: what it sent stays in CXone.",
    "Send a new batch with newer times if the records are to change.",
  ],
  [
    "CX4040",
    "planned offline",
    "CXone was not read, so the ledger stands in for it and what was changed by hand is not seen.",
    "Run plan without --offline to see what CXone holds now.",
  ],
  [
    "CX4041",
    "kind not observed",
    "This tenant cannot list the objects of a kind, so those that the ledger does not name are not seen.",
    "Switch the family's capability list on where the tenant can list.",
  ],
  [
    "CX4042",
    "records not read",
    "What CXone holds of a batch's records was not read, so the plan counts from the file.",
    "Nothing need be done; set consent.observe to list to read them where the tenant can.",
  ],
  [
    "CX4043",
    "created at least once",
    "This tenant honours no idempotency keys, and nothing else keeps a creation whose answer was lost from taking effect twice when it is sent again.",
    "After a lost answer look in CXone for a second one; switch the family's capability idempotencyKeys on where the tenant honours keys.",
  ],
  [
    "CX4044",
    "a run is open",
    "Another run holds the claim, or was cut off: what it has sent may not show in CXone or in the ledger yet.",
    "Plan again once it has ended; one that was cut off is recovered by the next apply or settle.",
  ],
  [
    "CX4050",
    "account nearly full",
    "Meta allows 250 templates an account, 6000 for a verified business; each language and version counts.",
    "Delete templates that nobody uses in CXone, or have the business verified.",
  ],
  [
    "CX4051",
    "too many submissions",
    "Meta takes 100 submissions an hour; what goes beyond is refused.",
    "Apply in parts with --only, an hour apart; what Meta refuses is left for the next run.",
  ],
  [
    "CX4052",
    "translations left behind",
    "The English text of a template changes and its other languages stay as they are.",
    "Translate the change, or leave it when it concerns this language only.",
  ],
  [
    "CX4060",
    "unknown address",
    "The ledger holds nothing under this address.",
    "Correct the address; cxform status lists those that there are.",
  ],
  [
    "CX4061",
    "nothing active",
    "The address has no active version, so a sender has nothing to use.",
    "See cxform status for what it waits for.",
  ],
  [
    "CX4062",
    "unknown topic",
    "There is no code, kind or field of this name to explain.",
    "Copy the name from the message or the schema that shows it.",
  ],
  [
    "CX4063",
    "manifest cannot be written",
    "No folder of the environment's manifests takes the kind, or the file cannot be written.",
    "Add the folder to manifests in cxform.yaml, or check its permissions.",
  ],
  [
    "CX4064",
    "no way back",
    "The ledger has no content of that version, no manifest declares the address, or its file cannot be rewritten without changing something else.",
    "Name another version with --to, or restore the manifest from the history of git.",
  ],
  [
    "CX4065",
    "no dead letter",
    "There is no delivery of this id that was given up and can be sent again.",
    "Copy the id from cxform events list; what has no body any more cannot be sent again.",
  ],
  [
    "CX5001",
    "not authorised",
    "CXone refuses the client id and secret, or the tokens that it gives for them.",
    "Correct the credentials in the variables that the message names.",
  ],
  [
    "CX5002",
    "scope missing",
    "The client may not do this: CXone answered 403. It is never read as 'not there'.",
    "Give the client the scope that the message names.",
  ],
  [
    "CX5003",
    "not there",
    "CXone says with a typed 404 that the object does not exist.",
    "Run plan: it shows what became of the object.",
  ],
  [
    "CX5004",
    "conflict",
    "CXone holds something else than was planned for: another hand was faster.",
    "Run plan and review what has changed.",
  ],
  [
    "CX5005",
    "refused content",
    "CXone refuses the content that was sent; the fields are shown at their places in the manifest.",
    "Change the manifest as CXone says, then run apply again.",
  ],
  [
    "CX5006",
    "rate limit",
    "CXone answered 429 or 503 until cxform's patience was over.",
    "Run the command again later, or lower rateLimit in cxform.yaml.",
  ],
  [
    "CX5007",
    "unreachable",
    "A call got no answer, and certainly changed nothing.",
    "Check the network and the base URL, then run the command again.",
  ],
  [
    "CX5008",
    "unexpected answer",
    "CXone answered in another form than its contract says; nothing is guessed from it.",
    "Compare the field that the message names with CXone's documentation, and report it.",
  ],
  [
    "CX5009",
    "unknown outcome",
    "A write may or may not have happened. The ledger has it as open, and the next run reads CXone before anything is sent again.",
    "Run apply or settle again; it finds out first.",
  ],
  [
    "CX6001",
    "broken chain",
    "An entry of the ledger, or a content file, is not what it was when it was written.",
    "Run cxform audit verify and restore the named files from version control.",
  ],
  [
    "CX6002",
    "claimed",
    "Another run works on this environment, or died in it. Two runs at once could send twice.",
    "Wait until that run has ended; when it is known to be dead, run cxform unlock.",
  ],
  [
    "CX6003",
    "unusable ledger",
    "The ledger cannot be read or written, belongs to another environment, or was written by a newer version.",
    "Do what the message names; cxform never starts a second ledger by itself.",
  ],
  [
    "CX6004",
    "ledger not empty",
    "A ledger is recovered from what CXone holds only into an empty place: what is left of the old one is evidence, and a recovery that was cut off is no ledger.",
    "Restore it from version control or a backup; if it is lost, move what is left away, keep it, and run audit recover again.",
  ],
  [
    "CX7001",
    "token refused by GitHub",
    "GitHub does not know the token, or it has ended: the one of a workflow's job ends with the job.",
    "Give a token that is valid.",
  ],
  [
    "CX7002",
    "not allowed by GitHub",
    "The token may not do this; the hint names the permission where GitHub tells it.",
    "Give the workflow's job the permission that the message names.",
  ],
  [
    "CX7003",
    "not found by GitHub",
    "There is no such thing, or the token may not see it: GitHub answers both alike.",
    "Check the name, and the permissions of the workflow's job.",
  ],
  [
    "CX7004",
    "refused by GitHub",
    "GitHub does not accept what was asked, and the message says why in its words.",
    "Correct what GitHub names.",
  ],
  [
    "CX7005",
    "rate limit of GitHub",
    "The limit lasts longer than a run waits. Shorter ones are waited out.",
    "Run the command again when the limit has ended; the message says when.",
  ],
  [
    "CX7006",
    "GitHub out of reach",
    "No answer came, or a 5xx. Reads are sent again; a write is looked up before it is.",
    "Run the command again; it finds out first what has happened.",
  ],
  [
    "CX7007",
    "unexpected answer of GitHub",
    "GitHub answered in another form than its description says, or with more than is read.",
    "Compare with what the message names, and report it.",
  ],
  [
    "CX7008",
    "branch moved",
    "Somebody else committed to the branch in between; nothing was written.",
    "Run the command again: it reads what the branch holds now.",
  ],
  [
    "CX7009",
    "unsigned commit in the ledger",
    "GitHub did not sign a commit of the ledger, so its author cannot be proven.",
    "Let the ledger be written by a workflow with GITHUB_TOKEN, or set ledger.via: git to do without signatures.",
  ],
  [
    "CX7020",
    "base not in the checkout",
    "In the run of a pull request the base's cxform.yaml decides where a plan reads; without it nothing is planned.",
    "Give actions/checkout the input fetch-depth: 0.",
  ],
  [
    "CX7021",
    "not reviewed",
    "Nobody has seen this plan: no merged pull request showed it, and nobody approved the run.",
    "Run the apply workflow by hand and let somebody else approve it.",
  ],
  [
    "CX7022",
    "plan of another run",
    "The plan in the artifact is not the one whose digest was shown to the approver.",
    "Run the whole workflow again: it plans, shows and asks anew.",
  ],
  [
    "CX8022",
    "webhook secret not set",
    "The environment variable with the secret that signs a webhook's events is not set.",
    "Set the variable to the secret, at least 24 bytes.",
  ],
  [
    "CX8026",
    "database unusable",
    "The database of events and deliveries cannot be opened, read or written. Nothing is acknowledged that is not stored.",
    "Check that the database can be reached and written, and the user and password of its address.",
  ],
  [
    "CX8027",
    "receiver without a secret",
    "Events are taken only when they are signed with a secret of at least 24 bytes; without one anybody could send them.",
    "Name a variable in receiver.secret and set it to the secret that signs the events.",
  ],
  [
    "CX8028",
    "hook secret too short",
    "What goes out to a hook is signed with its secret, which must be at least 24 bytes to be worth anything.",
    "Set the variable to a longer secret, here and at the hook's own end.",
  ],
];

export const knownCodes: readonly KnownCode[] = lines.map(([code, title, reason, hint]) => ({
  code,
  title,
  reason,
  hint,
}));
