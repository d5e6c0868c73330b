/** What the bench measures, and its arithmetic: medians, ratios of pairs measured in turn, goals. Nothing here takes a measurement. */

/** Read against the ratio of product to floor where there is a floor, else against the product's own value. */
export interface Goal {
  compare: 'at least' | 'at most';
  value: number;
  /** What we would like, beyond what must be. */
  aim?: number;
}

export interface Figure {
  /** `acks-1`: what `--only` names is the part before the last dash or the whole. */
  id: string;
  title: string;
  unit: string;
  floor: { name: string; values: readonly number[] } | null;
  product: { name: string; values: readonly number[] };
  /** Null: shown for the reader, judged by nobody. */
  goal: Goal | null;
  /** Why it scores nothing: a run that broke what makes the number mean something. */
  invalid: readonly string[];
  notes: readonly string[];
}

export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** `met`, `missed`, `invalid` (scores nothing), `shown` (no goal). */
export type Verdict = 'met' | 'missed' | 'invalid' | 'shown';

export interface Judged extends Figure {
  floorSpread: Spread | null;
  productSpread: Spread | null;
  /** Of each round's pair, for what slowed the machine slowed both halves of it. */
  ratio: Spread | null;
  verdict: Verdict;
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that at least `share` (0..1) of them do not exceed; `sorted` is ascending. NaN of nothing. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

export function judge(figure: Figure): Judged {
  const { floor, product, goal } = figure;
  const invalid = [...figure.invalid];
  if (product.values.length === 0) invalid.push('nothing was measured');
  if (floor && floor.values.length !== product.values.length) {
    invalid.push(`${floor.values.length} rounds of the floor stand against ${product.values.length} of the product`);
  }
  if ([...product.values, ...(floor?.values ?? [])].some((value) => !Number.isFinite(value))) invalid.push('a value is no number');
  if (floor?.values.some((value) => value <= 0)) invalid.push('the floor measured nothing');
  const ratios = floor && invalid.length === 0 ? product.values.map((value, round) => value / (floor.values[round] ?? Number.NaN)) : [];
  const ratio = spread(ratios);
  const productSpread = spread(product.values);
  const read = floor ? ratio : productSpread;
  return { ...figure, invalid, floorSpread: floor && spread(floor.values), productSpread, ratio, verdict: verdictOf(goal, read, invalid) };
}

function verdictOf(goal: Goal | null, read: Spread | null, invalid: readonly string[]): Verdict {
  if (invalid.length > 0 || !read) return 'invalid';
  if (!goal) return 'shown';
  const met = goal.compare === 'at least' ? read.median >= goal.value : read.median <= goal.value;
  return met ? 'met' : 'missed';
}
