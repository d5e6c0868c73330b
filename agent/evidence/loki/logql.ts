/**
 * The only place where LogQL text is put together. Values from outside are always quoted and only ever compared with `=`; anything else in
 * a query is a label name the configuration has checked, or the pipeline an operator wrote into it.
 */

export type Equals = readonly (readonly [label: string, value: string])[];

/**
 * A LogQL string literal, which Loki reads as Go does. Go's escapes are a superset of JSON's with one exception: it refuses half a
 * surrogate pair. U+FFFD is escaped, for a lexer may take the bare character for broken UTF-8.
 */
export function quote(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll('\ufffd', '\\ufffd');
}

/** An empty value is refused: `{label=""}` matches every stream without that label. */
export function streamsWhere(equals: Equals, pipeline: string): string {
  const matchers = equals.map(([label, value]) => {
    if (value === '') throw new RangeError(`label ${label}: an empty value would match every stream without the label`);
    return `${label}=${quote(value)}`;
  });
  return `{${matchers.join(', ')}}${pipeline === '' ? '' : ` ${pipeline}`}`;
}
