/**
 * The only place where PromQL text is put together. Values from outside are always quoted and only ever compared with `=`;
 * anything else in a query is a constant of this folder or a label name the configuration has checked.
 */

/** Matchers that are ours: classes of status codes, never built from data. */
export const serverErrors = 'code=~"5.."';
export const failedCalls = 'code=~"5..|timeout|error"';
type FixedMatcher = typeof serverErrors | typeof failedCalls;

export type Equals = readonly (readonly [label: string, value: string])[];

/**
 * A PromQL string literal. Go's escapes are a superset of JSON's with one exception: it refuses half a surrogate pair, which no stored
 * label can hold. U+FFFD must be escaped, for Prometheus takes the bare character for broken UTF-8.
 */
export function quote(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll('\ufffd', '\\ufffd');
}

/** An empty value is refused: `label=""` matches every series without that label. */
export function selector(metric: string, equals: Equals, ...fixed: FixedMatcher[]): string {
  const matchers = equals.map(([label, value]) => {
    if (value === '') throw new RangeError(`label ${label}: an empty value would match every series without the label`);
    return `${label}=${quote(value)}`;
  });
  return `${metric}{${[...matchers, ...fixed].join(',')}}`;
}

/** `[30s]`; at least one second. */
export function range(seconds: number): string {
  return `[${Math.max(1, Math.round(seconds))}s]`;
}
