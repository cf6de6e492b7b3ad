// Seeds that once failed, with the bug that each found; they stay in the default run for good. It knows nothing of how they run.

/** What seeds did not have yet when these failed: they are run without it. */
export type Before = "plan files" | "waits" | "odd answers" | "losses" | "now";

export const regressions: Readonly<Record<Before, Readonly<Record<number, string>>>> = {
  // Nor several machines, nor batches of several chunks.
  "plan files": {
    2059: "a copy that was turned away made an unknown outcome a failure",
    2492: "the same, for a webhook",
    2769: "an update that never arrived counted as done where nothing can be listed",
    3371: "a lost deprecation that landed later was recorded as failed",
    5601: "an unresolved creation claimed an object that another address owns",
    60004: "the run after a rename removed the webhook that the new address owns",
    900140:
      "nothing tells the id of what a lost creation made once its key is forgotten, where nothing can be listed: let pass, and only that",
    1005240: "the same, where the content was changed before the creation was asked for again",
  },
  // Nor applies of a part, nor interrupts.
  waits: {
    4147: "a draft that somebody had edited after its creation was overwritten and approved",
    4657: "the same, two revisions on",
    5004844: "without lists, a webhook that was declared again after a removal of unknown outcome was taken for there",
    3005887: "without lists, a removal that never arrived was taken for done since nothing was seen",
    2026759: "a renamed SMS template was retired while somebody took its successor away, and nobody looked afterwards",
    7008838: "two lost creations of a renamed webhook claimed one object, and the former address removed it",
    3003322: "the remains of a first line stayed for ever where no later run had anything to write",
  },
  // Nor odd answers.
  "odd answers": {
    19042048:
      "the oracle's: a run that was on the way to read the successor again, and got no token for it, was blamed",
    10013215: "a registration counted as failed after a conflict although earlier copies of it were still under way",
    8005671: "an approval whose first copy was under way counted as failed when the second one was turned away",
    8001754: "a run that waited approved an SMS template again that somebody had deprecated meanwhile",
  },
  losses: {
    1288: "the oracle's: a name had been renamed before, and no run met the second rename: its removal was blamed",
    50501: "the same, for an SMS template",
    18389:
      "a run that waited finished an update that nobody had seen arrive, although somebody had deprecated its SMS template",
    65250:
      "a registration whose id read as no text was taken for one without an id: adopted, lost, and never found again",
    90476:
      "a run died between the adoption of a renamed webhook and the hand-over by its former address, and the next one removed it as replaced",
  },
  now: {
    231: "the oracle's: a job that a lost ledger had begun ended later, and was blamed for a number of nobody's",
    50298: "the oracle's: words came back that a version has which the lost ledger alone had known as replaced",
    52436:
      "the oracle's: a version that a lost ledger's job made was nobody's, although its successor had been adopted",
  },
};
