/** Whether a silence covers an alert, for the alerts that Alertmanager itself was not asked about. When in doubt, it does. */
import type { Matcher } from '../look-store.ts';

type Labels = Readonly<Record<string, string>>;

/** `null` stands for silences nobody could remember: every alert may be silenced. */
export function mayBeSilenced(labels: Labels, silences: readonly (readonly Matcher[])[] | null): boolean {
  return silences === null || silences.some((matchers) => matchers.every((matcher) => mayMatch(matcher, labels)));
}

function mayMatch({ name, value, isRegex, isEqual }: Matcher, labels: Labels): boolean {
  const actual = Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
  const matches = isRegex ? matchesExpression(value, actual) : actual === value;
  return matches === 'unknown' || matches === isEqual;
}

/** An expression from outside is never run: lists of plain words are compared, anything else is not known. */
function matchesExpression(expression: string, actual: string): boolean | 'unknown' {
  if (expression === '.*') return true;
  if (expression === '.+') return actual !== '';
  if (!/^[\w:/@%, |-]*$/.test(expression)) return 'unknown';
  return expression.split('|').includes(actual);
}
