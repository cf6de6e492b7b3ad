// Why something that GitHub holds is not taken as proof: a value with a sentence and a way on, never an exception.

export interface Refusal {
  readonly message: string;
  readonly hint: string;
}
