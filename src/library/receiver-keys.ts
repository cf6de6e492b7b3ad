// The keys that sign events, read from the variables that the config names. It shows no value.
import type { Environment, SecretRef } from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { World } from "../contract/world.ts";
import { keyOf, smallestKeyBytes } from "../receive/signature.ts";
import { Invalid } from "./invalid.ts";

/** The secret's key, and the previous one's while it rotates. Throws Invalid. */
export function keysOf(environment: Environment, world: World): readonly Uint8Array[] {
  const { secret, previousSecret, place } = environment.receiver;
  if (secret === undefined) {
    throw new Invalid([
      {
        code: "CX8027",
        severity: "error",
        message: `environment ${environment.name} names no secret for its receiver`,
        hint: "Add receiver: { secret: { fromEnv: CXONE_WEBHOOK_SECRET } } to the environment, and set that variable.",
        ...place,
      },
    ]);
  }
  const refs = previousSecret === undefined ? [secret] : [secret, previousSecret];
  const found = refs.map((ref) => keyIn(ref, world));
  const wrong = found.flatMap((one) => ("diagnostic" in one ? [one.diagnostic] : []));
  if (wrong.length > 0) throw new Invalid(wrong);
  return found.flatMap((one) => ("key" in one ? [one.key] : []));
}

function keyIn(ref: SecretRef, world: World): { readonly key: Uint8Array } | { readonly diagnostic: Diagnostic } {
  const value = readVariable(ref, world, `Set ${ref.variable} to the secret that signs the events, at least 24 bytes.`);
  if ("diagnostic" in value) return value;
  const key = keyOf(value.value);
  if (key !== undefined) return { key };
  return {
    diagnostic: {
      code: "CX8027",
      severity: "error",
      message: `the secret in ${ref.variable} is shorter than ${smallestKeyBytes} bytes, or begins with whsec_ and is not base64`,
      hint: "Have CXone sign with a longer one, and set the variable to it.",
      ...ref.place,
    },
  };
}

/** The value of a variable that has to be set. */
export function readVariable(
  ref: SecretRef,
  world: World,
  hint: string,
): { readonly value: string } | { readonly diagnostic: Diagnostic } {
  const value = world.env(ref.variable) ?? "";
  if (value !== "") return { value };
  const message = `the environment variable ${ref.variable} is not set`;
  return { diagnostic: { code: "CX8015", severity: "error", message, hint, ...ref.place } };
}
