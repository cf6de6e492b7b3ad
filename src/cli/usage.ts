// What is wrong with a command line, or with a file that it names: exit 64.

export class Usage extends Error {
  override readonly name = "Usage";
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
