/** Bodies that are made to hold up whoever reads them: refused by what can be counted. */

const limits = { depth: 16, keys: 300_000 } as const;

/**
 * Shorter bodies are not scanned before they are parsed. 256 KB hold at most 130,000 levels and 50,000 keys, which `JSON.parse` builds
 * in a few milliseconds and without recursion; `isTooDeep` then looks at what was parsed, where it is not of a known shape.
 */
const scannedBytes = 262_144;

/**
 * Why a body must not be parsed, or undefined. Nesting passes `JSON.parse` but breaks whatever writes it out again, and hundreds of
 * thousands of keys hold the event loop for seconds; both can be counted in the bytes.
 */
export function tooComplex(body: Uint8Array): string | undefined {
  if (body.length < scannedBytes) return undefined;
  let depth = 0;
  let keys = 0;
  let inText = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (inText) {
      if (byte === backslash) index += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === colon) {
      keys += 1;
      if (keys > limits.keys) return `more than ${limits.keys} keys`;
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > limits.depth) return tooDeep;
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  return undefined;
}

export const tooDeep = `nested deeper than ${limits.depth} levels`;

/** Whether a value `level` levels below the top reaches below the limit. Looks no deeper than that, so its own depth is bounded. */
export function isTooDeep(value: unknown, level: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (level >= limits.depth) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) if (isTooDeep(inner, level + 1)) return true;
  return false;
}

const [quote, backslash, colon, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\:{}[]');
