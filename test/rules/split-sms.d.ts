// The part of split-sms that is used; the package has no types of its own.
declare module "split-sms" {
  interface Parts {
    readonly characterSet: "GSM" | "Unicode";
    readonly parts: readonly { readonly bytes: number; readonly length: number }[];
  }
  const split: { split(text: string, options: { readonly summary: boolean }): Parts };
  export default split;
}
