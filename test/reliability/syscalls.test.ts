// Errors of the disk, injected into the system calls of a real process by strace. The long form is `npm run syscalls`.
import assert from "node:assert/strict";
import test from "node:test";
import { bundle } from "../../scripts/reliability/bundle.ts";
import { type Injection, injectionRound, straceObstacle } from "../../scripts/reliability/syscall-round.ts";

const injections: readonly Injection[] = [
  { call: "write", error: "ENOSPC", nth: 6 },
  { call: "fsync", error: "EIO", nth: 9 },
  { call: "rename", error: "EIO", nth: 3 },
  { call: "openat", error: "EMFILE", nth: 20 },
  { call: "ftruncate", error: "EIO", nth: 1, isTorn: true },
];
const obstacle = straceObstacle();

test("a failed system call loses no acknowledged entry and lets nothing be sent unannounced", {
  skip: obstacle ?? false,
}, async () => {
  const program = await bundle("scripts/reliability/appender.ts");
  try {
    for (const injection of injections) {
      const end = await injectionRound(program.file, injection);
      assert.equal(end.wasInjected, true, `${JSON.stringify(injection)} was not injected`);
      assert.deepEqual(end.wrongs, [], JSON.stringify(injection));
      assert.ok(end.acknowledged > 0 || end.refusal === undefined);
    }
  } finally {
    program.remove();
  }
});
