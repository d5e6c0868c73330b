/** JSON filter patterns, `{ $.level = "error" && $.ms > 500 }`: text → predicate. What it does not know it refuses. */
import { ServiceException } from '../wire/operation.ts';

export type Predicate = (message: string) => boolean;

type Test = (value: unknown) => boolean;
type Condition = (event: unknown) => boolean;

interface Token {
  kind: 'selector' | 'string' | 'word' | 'operator' | 'paren';
  text: string;
}

const TOKEN =
  /\s*(?:(?<selector>\$(?:\.[A-Za-z0-9_@-]+|\[\d+\])+)|(?<string>"(?:[^"\\]|\\.)*")|(?<operator>&&|\|\||!=|>=|<=|=|>|<)|(?<paren>[()])|(?<word>[A-Za-z0-9_.*+@:/-]+))/y;

export function refusePattern(detail: string): ServiceException {
  return new ServiceException('InvalidParameterException', `Invalid filter pattern: ${detail}`);
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match?.groups) throw refusePattern(`cannot read '${text.slice(at).trim().slice(0, 40)}' in a JSON pattern`);
    for (const kind of ['selector', 'string', 'word', 'operator', 'paren'] as const) {
      const part = match.groups[kind];
      if (part !== undefined) found.push({ kind, text: part });
    }
  }
  return found;
}

function pathOf(selector: string): (string | number)[] {
  return [...selector.matchAll(/\.([A-Za-z0-9_@-]+)|\[(\d+)\]/g)].map((m) => (m[1] !== undefined ? m[1] : Number(m[2])));
}

function valueAt(event: unknown, path: (string | number)[]): unknown {
  let value = event;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

function wildcard(text: string): RegExp {
  return new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function comparison(operator: string, operand: Token): Test {
  const quoted = operand.kind === 'string';
  const text = quoted ? operand.text.slice(1, -1).replace(/\\(.)/g, '$1') : operand.text;
  const number = quoted ? Number.NaN : Number(text);
  if (operator === '=' || operator === '!=') {
    const wanted = operator === '=';
    const pattern = text.includes('*') ? wildcard(text) : undefined;
    const equals: Test = (value) => {
      if (!Number.isNaN(number) && typeof value === 'number') return value === number;
      return pattern ? pattern.test(String(value)) : String(value) === text;
    };
    // A selector that finds no plain value matches neither = nor !=.
    return (value) => isScalar(value) && equals(value) === wanted;
  }
  if (Number.isNaN(number)) throw refusePattern(`'${operator}' compares numbers, got ${operand.text}`);
  return (value) => {
    if (typeof value !== 'number') return false;
    if (operator === '>') return value > number;
    if (operator === '<') return value < number;
    return operator === '>=' ? value >= number : value <= number;
  };
}

const KEYWORD_TESTS: Record<string, Test> = {
  'IS NULL': (value) => value === null,
  'IS TRUE': (value) => value === true,
  'IS FALSE': (value) => value === false,
  'NOT EXISTS': (value) => value === undefined,
};

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  parse(): Condition {
    const condition = this.#or();
    const rest = this.#tokens[this.#at];
    if (rest) throw refusePattern(`unexpected '${rest.text}'`);
    return condition;
  }

  #next(expected: string): Token {
    const token = this.#tokens[this.#at];
    if (!token) throw refusePattern(`ends where ${expected} should follow`);
    this.#at += 1;
    return token;
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#at]?.text !== text || this.#tokens[this.#at]?.kind === 'string') return false;
    this.#at += 1;
    return true;
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#take('||')) {
      const [a, b] = [left, this.#and()];
      left = (event) => a(event) || b(event);
    }
    return left;
  }

  #and(): Condition {
    let left = this.#single();
    while (this.#take('&&')) {
      const [a, b] = [left, this.#single()];
      left = (event) => a(event) && b(event);
    }
    return left;
  }

  #single(): Condition {
    if (this.#take('(')) {
      const inner = this.#or();
      if (!this.#take(')')) throw refusePattern('a parenthesis is not closed');
      return inner;
    }
    const selector = this.#next('a selector such as $.level');
    if (selector.kind !== 'selector') throw refusePattern(`'${selector.text}' is not a selector such as $.level`);
    const test = this.#test();
    const path = pathOf(selector.text);
    return (event) => test(valueAt(event, path));
  }

  #test(): Test {
    const operator = this.#next('an operator');
    const operand = this.#next('a value');
    if (operator.kind === 'word') {
      const keyword = KEYWORD_TESTS[`${operator.text} ${operand.text}`];
      if (!keyword) throw refusePattern(`'${operator.text} ${operand.text}' is not supported`);
      return keyword;
    }
    if (operator.kind !== 'operator' || ['&&', '||'].includes(operator.text)) throw refusePattern(`'${operator.text}' is not an operator`);
    if (operand.kind !== 'string' && operand.kind !== 'word') throw refusePattern(`'${operand.text}' is not a value`);
    return comparison(operator.text, operand);
  }
}

/** `pattern` with its braces. Throws InvalidParameterException for what it cannot read. */
export function jsonPattern(pattern: string): Predicate {
  if (!pattern.endsWith('}')) throw refusePattern('a JSON pattern ends with }');
  const condition = new Parser(pattern.slice(1, -1)).parse();
  return (message) => {
    let event: unknown;
    try {
      event = JSON.parse(message);
    } catch {
      return false;
    }
    return condition(event);
  };
}
