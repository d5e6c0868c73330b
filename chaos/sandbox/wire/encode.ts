/** JSON bodies as AWS writes them: dates are epoch seconds, absent members are left out. */

export function encode(body: unknown): string {
  return JSON.stringify(toWire(body) ?? {});
}

function toWire(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toWire(member)]));
  }
  return value;
}
