/** How many tokens a call can be billed for at most, without the tokenizer of any vendor. */

/** What a vendor adds by itself to a call with tools or a schema; the most that one publishes is some 700. */
const aroundCall = 1_000;
/** The envelope around one message, schema or description of a tool. */
const aroundEach = 32;

/**
 * For reservations, which have to hold: tokenizers work on bytes, and none makes more tokens of a text than it has bytes in UTF-8. `texts`:
 * everything that is sent, schemas and descriptions of tools included.
 */
export function mostTokens(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text, 'utf8') + aroundEach, aroundCall);
}
