// The JSON values that the engine passes around; knows nothing of what they mean.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}
