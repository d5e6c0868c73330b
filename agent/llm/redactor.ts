/** Port of the redaction: what may leave the process, and how what came back is read. */

export interface Masked {
  text: string;
  /** Secrets that were taken out for good, by kind. */
  secrets: Readonly<Record<string, number>>;
}

/** One conversation: the same name gets the same mask in all of its texts. */
export interface Masking {
  mask(text: string): Masked;
  /** Puts hosts, accounts and people back into words for people; a secret stays out. */
  unmask(text: string): string;
}

export interface Redactor {
  /** `keep`: names the answer has to cite, such as services and evidence ids. */
  begin(keep: readonly string[]): Masking;
}
