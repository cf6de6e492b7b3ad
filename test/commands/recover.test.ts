// audit recover as a command: a lost ledger is written anew, and a second time it is refused.
import assert from "node:assert/strict";
import test from "node:test";
import { config, otp, project } from "../cli/program.ts";

test("the command writes a lost ledger anew, which verifies, and refuses one that is not empty", async (t) => {
  const at = project(t, { "cxform.yaml": config, "templates/otp.yaml": otp });
  assert.equal((await at.run(["apply", "--yes"])).exit, 0);
  assert.equal((await at.run(["audit", "recover"])).exit, 3);
  at.write("cxform.yaml", config.replace("reviewDelay: 50ms }", "reviewDelay: 50ms }\n    ledger: { dir: another }"));
  const recovered = await at.run(["audit", "recover", "--format", "json"]);
  assert.equal(recovered.exit, 0, recovered.err);
  const { resources } = JSON.parse(recovered.out) as { readonly resources: readonly { readonly address: string }[] };
  assert.deepEqual(
    resources.map(({ address }) => address),
    ["SmsTemplate/otp"],
  );
  const [verified, planned] = await Promise.all([at.run(["audit", "verify"]), at.run(["plan", "--detailed-exitcode"])]);
  assert.deepEqual([verified.exit, planned.exit], [0, 0], planned.out);
});
