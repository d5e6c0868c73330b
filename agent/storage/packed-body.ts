/**
 * Bodies as they lie on disk: long ones are compressed. The alerts of a group are much alike, so to write such a body costs several times
 * what it costs to compress it: 100 alerts are 110 KB, and 3 to 10 KB compressed.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Below some twenty alerts the compressor's own start costs more than the pages it saves. */
const fewestBytes = 24_576;
/** What zstandard's output begins with; no JSON does. */
const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Only what was packed here is unpacked; the bound is for a damaged file. */
const mostBytes = 268_435_456;
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const isPacked = (stored: Buffer) => stored.subarray(0, magic.length).equals(magic);

export function packBody(body: Buffer): Buffer {
  return body.length >= fewestBytes || isPacked(body) ? zstdCompressSync(body, fastest) : body;
}

/** In a column of text. Half a megabyte of series is a quarter of it then, and evidence is never thrown away. */
const packedText = 'zstd:';
const fewestCharacters = 65_536;

/** `text` must not begin with the mark of what is packed; JSON never does. */
export function packText(text: string): string {
  return text.length < fewestCharacters ? text : packedText + zstdCompressSync(Buffer.from(text), fastest).toString('base64');
}

/** Raises on what is damaged. */
export function unpackText(stored: string): string {
  if (!stored.startsWith(packedText)) return stored;
  const packed = Buffer.from(stored.slice(packedText.length), 'base64');
  return zstdDecompressSync(packed, { maxOutputLength: mostBytes }).toString();
}

/** What cannot be unpacked is handed back as it is: whoever reads it finds that it is no body, and the others are read all the same. */
export function unpackBody(stored: Buffer): Buffer {
  if (!isPacked(stored)) return stored;
  try {
    return zstdDecompressSync(stored, { maxOutputLength: mostBytes });
  } catch {
    return stored;
  }
}
