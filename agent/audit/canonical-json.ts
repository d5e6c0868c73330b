/** One spelling per value, so that equal things hash equally: keys sorted, no spaces, no `undefined`. */
import { createHash } from 'node:crypto';
import { InvariantError } from '../domain/errors.ts';

/** Canonical JSON of plain data; what JSON cannot carry (NaN, BigInt, functions, dates) is an `InvariantError`, never silently lost. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isPlainObject(value)) {
    let fields = '';
    // It runs for every entry while the write lock is held: no lists in between.
    for (const key of Object.keys(value).sort()) {
      const field = value[key];
      if (field !== undefined) fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(field)}`;
    }
    return `{${fields}}`;
  }
  throw new InvariantError(`not plain JSON: ${typeof value === 'object' ? 'an object of a class' : `${typeof value} ${String(value)}`}`);
}

/** SHA-256 of the canonical JSON, hex. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
