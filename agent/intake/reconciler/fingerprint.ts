/** Alertmanager's fingerprint of a label set: 64-bit FNV-1a over names and values in the names' byte order, each closed by the byte 255. */

const offset = 14_695_981_039_346_656_037n;
const prime = 1_099_511_628_211n;

/** 16 hexadecimal digits. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  parts.sort(([one], [other]) => Buffer.compare(one, other));
  let hash = offset;
  const add = (byte: number) => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  };
  for (const bytes of parts.flat()) {
    for (const byte of bytes) add(byte);
    add(255);
  }
  return hash.toString(16).padStart(16, '0');
}
