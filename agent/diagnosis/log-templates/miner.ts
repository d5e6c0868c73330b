/**
 * Finds which kind of message a log line is, online: one pass, bounded memory and bounded cost a line. What is a value by its form is replaced first
 * (tokens.ts); of messages that then differ at one place only, those become one kind whose spellings at that place keep coming (variability.ts).
 */
import { crowdedPlaces, isCrowd, largestCrowd } from './crowd.ts';
import { beginningOf } from './header.ts';
import { readMessage } from './message.ts';
import { hashAt, hashOf, keyOf } from './place-hash.ts';
import { isWord, type Shape, startOf, textOf, valuesOf, withOpen } from './template.ts';
import { tokensOf, variable } from './tokens.ts';
import { defaultVariability, enough, mayBeValue, type Variability, weightOf } from './variability.ts';

export interface MinerSettings extends Variability {
  /** Kinds and spellings kept; later ones share the catch-all `<*>`. */
  maxShapes: number;
  /** A place is compared with its like only while so many words stay that tell what the message is about. */
  wordsLeft: number;
}

export const defaultMinerSettings: MinerSettings = { ...defaultVariability, maxShapes: 5_000, wordsLeft: 2 };

export interface TemplateMiner {
  /** The id of the line's kind, for good: kinds that turn out to be one keep the oldest id, and `resolve` maps the others to it. */
  add(message: string): number;
  resolve(id: number): number;
  /** The kind's words with `<*>` for its values; undefined for an id never given. */
  template(id: number): string | undefined;
  /** Lines that came when no further kind could be kept; they have the id `catchAll`. */
  readonly overflowed: number;
}

export const catchAll = 0;
/** Of a batch, which is forgotten afterwards. */
const maxShapesOfBatch = 20_000;
/** Places looked at in one message; long ones are lists of fields, whose first say enough. */
const maxPlaces = 32;
/** Kinds with an open place among which a line of the same length and beginning is sought. */
const maxOpened = 64;

/** Messages that are equal but for one place. */
interface Column {
  members: number[];
  weight: number;
  /** The shape with the place open, once there was enough evidence. */
  merged: number | undefined;
}

/** Shapes of one length and beginning. */
interface Start {
  all: number[];
  opened: number[];
}

export function createTemplateMiner(settings: Partial<MinerSettings> = {}): TemplateMiner {
  return new Miner({ ...defaultMinerSettings, ...settings });
}

/** One id for each message, the same for messages of one kind, judged by all of them together. */
export function groupLines(messages: readonly string[], settings: Partial<MinerSettings> = {}): number[] {
  const miner = createTemplateMiner({ maxShapes: maxShapesOfBatch, ...settings });
  // Most lines of a log were written before, word for word: each text is taken apart once.
  const ids = new Map<string, number>();
  const idOf = (message: string): number => {
    const known = ids.get(message);
    if (known !== undefined) return known;
    const id = miner.add(message);
    ids.set(message, id);
    return id;
  };
  return messages.map(idOf).map((id) => miner.resolve(id));
}

class Miner implements TemplateMiner {
  readonly #settings: MinerSettings;
  readonly #shapes: Shape[] = [{ tokens: [variable], spaced: [false], open: new Set() }];
  readonly #parents: number[] = [catchAll];
  /** Of the oldest id of a kind: the shape that shows it, the one with most places open. */
  readonly #faces: number[] = [catchAll];
  readonly #idByKey = new Map<string, number>();
  /** By the shape with one place left out; a number is the only member so far. */
  readonly #columns = new Map<number, number | Column>();
  /** By length and beginning. */
  readonly #shapesByStart = new Map<string, Start>();
  overflowed = 0;

  constructor(settings: MinerSettings) {
    this.#settings = settings;
  }

  add(message: string): number {
    const { text, keys } = readMessage(message);
    const tokens = tokensOf(text);
    if (keys !== '') tokens.push(keys);
    const key = tokens.texts.join(' ');
    const known = this.#idByKey.get(key);
    if (known !== undefined) return this.resolve(known);
    const opened = this.#openedFor(tokens.texts);
    if (opened !== undefined) return this.resolve(opened);
    if (this.#shapes.length >= this.#settings.maxShapes) {
      this.overflowed += 1;
      return catchAll;
    }
    return this.resolve(this.#keep(key, { tokens: tokens.texts, spaced: tokens.spaced, open: new Set() }));
  }

  resolve(id: number): number {
    let root = id;
    while (this.#parents[root] !== undefined && this.#parents[root] !== root) root = this.#parents[root] as number;
    for (let at = id; at !== root; ) {
      const next = this.#parents[at] as number;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  template(id: number): string | undefined {
    const shape = this.#shapes[this.#faces[this.resolve(id)] ?? -1];
    return shape === undefined ? undefined : textOf(shape);
  }

  #keep(key: string, shape: Shape): number {
    const id = this.#shapes.length;
    this.#shapes.push(shape);
    this.#parents.push(id);
    this.#faces.push(id);
    this.#idByKey.set(key, id);
    const start = startOf(shape.tokens);
    const sameStart = this.#shapesByStart.get(start);
    if (sameStart === undefined) this.#shapesByStart.set(start, { all: [id], opened: [] });
    else sameStart.all.push(id);
    this.#compare(id, shape);
    if (sameStart !== undefined && isCrowd(sameStart.all.length)) this.#relieve(sameStart);
    return id;
  }

  /** Puts the shape into the column of each of its places. The message's first word is never left out: it says what the message is about. */
  #compare(id: number, { tokens }: Shape): void {
    const beginning = beginningOf(tokens);
    const words = tokens.filter((token, at) => at >= beginning && isWord(token)).length;
    const whole = hashOf(tokens);
    let places = 0;
    for (let at = 0; at < tokens.length && places < maxPlaces; at += 1) {
      const token = tokens[at] as string;
      const isOneWord = isWord(token);
      if (at === beginning || (!isOneWord && token !== variable)) continue;
      if (words - (isOneWord && at > beginning ? 1 : 0) < this.#settings.wordsLeft) continue;
      places += 1;
      this.#addToColumn(keyOf(whole, hashAt(token, at), at), id, at);
    }
  }

  #addToColumn(key: number, id: number, at: number): void {
    const found = this.#columns.get(key);
    if (found === undefined) {
      this.#columns.set(key, id);
      return;
    }
    const first = typeof found === 'number' ? found : (found.members[0] as number);
    if (!this.#differOnlyAt(first, id, at)) return;
    const column = typeof found === 'number' ? { members: [found], weight: this.#weight(found, at), merged: undefined } : found;
    if (typeof found === 'number') this.#columns.set(key, column);
    if (column.merged !== undefined) {
      if (this.#weight(id, at) > 0) this.#join(id, column.merged);
      return;
    }
    const weight = this.#weight(id, at);
    if (weight === 0) return;
    column.members.push(id);
    column.weight += weight;
    if (column.weight > enough) this.#open(column, at);
  }

  #weight(id: number, at: number): number {
    return weightOf((this.#shapes[id] as Shape).tokens, at, this.#settings);
  }

  #differOnlyAt(one: number, other: number, at: number): boolean {
    const [left, right] = [(this.#shapes[one] as Shape).tokens, (this.#shapes[other] as Shape).tokens];
    return left.length === right.length && left.every((token, place) => place === at || token === right[place]);
  }

  #open(column: Column, at: number): void {
    const opened = withOpen(this.#shapes[column.members[0] as number] as Shape, [at]);
    const open = new Set(column.members.flatMap((id) => [...(this.#shapes[id] as Shape).open]).concat(at));
    column.merged = this.#keepOpened({ ...opened, open });
    column.members = column.members.slice(0, 1);
  }

  /** Whatever fits the opened shape is of its kind from here on. */
  #keepOpened(shape: Shape): number {
    const key = shape.tokens.join(' ');
    let id = this.#idByKey.get(key);
    if (id === undefined) id = this.#keep(key, shape);
    else this.#shapes[id] = { ...(this.#shapes[id] as Shape), open: shape.open };
    const sameStart = this.#shapesByStart.get(startOf(shape.tokens)) as Start;
    if (!sameStart.opened.includes(id) && sameStart.opened.length < maxOpened) sameStart.opened.push(id);
    for (const other of sameStart.all) if (fits((this.#shapes[other] as Shape).tokens, shape)) this.#join(other, id);
    return id;
  }

  #relieve(start: Start): void {
    const apart = start.all.slice(-largestCrowd).filter((id) => this.resolve(id) === id && !start.opened.includes(id));
    const shapes = apart.map((id) => this.#shapes[this.#faces[id] as number] as Shape);
    const found = crowdedPlaces(
      shapes.map(({ tokens }) => tokens),
      this.#settings,
    );
    for (const { members, places } of found) this.#keepOpened(withOpen(shapes[members[0] as number] as Shape, places));
  }

  #openedFor(tokens: readonly string[]): number | undefined {
    const opened = this.#shapesByStart.get(startOf(tokens))?.opened;
    return opened?.find((id) => fits(tokens, this.#shapes[id] as Shape));
  }

  /** One kind from here on, under the older id. */
  #join(one: number, other: number): void {
    const [first, second] = [this.resolve(one), this.resolve(other)];
    if (first === second) return;
    const [older, younger] = [Math.min(first, second), Math.max(first, second)];
    this.#parents[younger] = older;
    const [face, rival] = [this.#faces[older] as number, this.#faces[younger] as number];
    this.#faces[older] = valuesOf(this.#shapes[rival] as Shape) > valuesOf(this.#shapes[face] as Shape) ? rival : face;
  }
}

function fits(tokens: readonly string[], { tokens: wanted, open }: Shape): boolean {
  return (
    tokens.length === wanted.length &&
    tokens.every((token, at) => token === wanted[at] || (open.has(at) && (token === variable || (isWord(token) && mayBeValue(token)))))
  );
}
