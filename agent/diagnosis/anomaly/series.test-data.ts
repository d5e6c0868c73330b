/** Made-up series for the tests of this folder: noise is a function of the index alone, so that every run sees the same. */

export function series(size: number, valueAt: (index: number) => number): number[] {
  return Array.from({ length: size }, (_, index) => valueAt(index));
}

/** Roughly normal, mean 0, deviation 1: the sum of twelve uniform numbers less six. */
export function noise(index: number): number {
  let sum = -6;
  for (let at = 0; at < 12; at += 1) sum += uniform(index * 12 + at);
  return sum;
}

/** 288 values a day, between 30 and 70. */
export function daily(index: number): number {
  return 50 + 20 * Math.sin((2 * Math.PI * index) / 288);
}

/** 0 … 1 by mixing the bits of the index (the finishing step of Murmur3). */
function uniform(index: number): number {
  let bits = (index + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
