/**
 * Autonomy is earned: replays the record of one action on one service into the level it stands at. Nothing is remembered between two
 * replays, so a restart changes nothing.
 *
 * Up, one level at a time, after so many good experiences in a row: below `approve` those are plans that people carried out themselves and
 * that helped, and at `approve` changes that were made with a person's yes and are proven. Down at once: harm takes the right to act away,
 * down to `suggest`; a change that did not help, or did not last a day, costs the right to act alone. Both end the row. What nobody could
 * judge counts neither way.
 */
import type { Autonomy } from '../../domain/verdict.ts';
import { cameBackAt, type Experience, type Order } from './experience.ts';
import { above, lower, rankOf } from './levels.ts';

export interface EarningSettings {
  /** Off: the level is the policy's, and only an operator's order lowers it. */
  on: boolean;
  /** Where an action begins on a service that has no record. */
  start: Autonomy;
  /** Good experiences in a row that lead one level up. */
  successes: number;
}

export interface Standing {
  level: Autonomy;
  /** Good experiences in a row at this level. */
  row: number;
  /** What made the level what it is, in a few words. */
  because: string;
  /** The last order, unless it was taken back. */
  order: Order | null;
}

type Mark = 'proven' | 'agreed' | 'not-needed' | 'failed' | 'harmed';

interface Moment {
  atMs: number;
  of: { mark: Mark; words: string } | { order: Order };
}

/** Of what happened at the same moment the worst counts last. */
const caution: Readonly<Record<Mark, number>> = { proven: 0, agreed: 1, 'not-needed': 2, failed: 3, harmed: 4 };
const orderCaution = 5;

/** What counted, in its order, each with where the action stood after it. */
export interface Step {
  /** ISO 8601; null where it cannot be read. */
  at: string | null;
  /** What happened, in words that end a sentence. */
  words: string;
  standing: Standing;
}

export function stepsOf(record: readonly Experience[], settings: EarningSettings): Step[] {
  let standing = beginning(settings);
  return record
    .flatMap(momentsOf)
    .sort(byTime)
    .map((moment) => {
      standing =
        'order' in moment.of ? ordered(standing, moment.of.order) : experienced(standing, moment.of.mark, moment.of.words, settings);
      const at = Number.isFinite(moment.atMs) ? new Date(moment.atMs).toISOString() : null;
      return { at, words: wordsOf(moment), standing };
    });
}

export function standingOf(record: readonly Experience[], settings: EarningSettings): Standing {
  return stepsOf(record, settings).at(-1)?.standing ?? beginning(settings);
}

function beginning({ start }: EarningSettings): Standing {
  return { level: start, row: 0, because: 'nothing is known of it on this service', order: null };
}

/** An order in words that end a sentence; what a person wrote is shown as they wrote it. */
export function orderWords({ level, by, reason }: Order): string {
  return level === null ? `${by} took the order back: ${reason}` : `${by} set it to ${level}: ${reason}`;
}

function experienced(standing: Standing, mark: Mark, words: string, settings: EarningSettings): Standing {
  switch (mark) {
    case 'harmed':
      return demoted(standing, 'suggest', words);
    case 'failed':
      return demoted(standing, 'approve', words);
    case 'not-needed':
      return { ...standing, row: 0 };
    case 'agreed':
    case 'proven': {
      // Only what was done and proven leads to acting alone.
      if (mark === 'agreed' && rankOf(standing.level) >= rankOf('approve')) return standing;
      const row = standing.row + 1;
      const cap = standing.order?.level ?? 'auto';
      if (row < settings.successes || rankOf(standing.level) >= rankOf(cap)) return { ...standing, row };
      return { ...standing, level: above(standing.level), row: 0, because: `${row} good experiences in a row` };
    }
  }
}

function demoted(standing: Standing, to: Autonomy, words: string): Standing {
  const level = lower(standing.level, to);
  return { ...standing, level, row: 0, because: level === standing.level ? standing.because : words };
}

function ordered(standing: Standing, order: Order): Standing {
  if (order.level === null) return { ...standing, order: null };
  return { level: order.level, row: 0, because: orderWords(order), order };
}

/** A change that did not last counts twice: as the success it was, and as the failure it turned out to be. */
function momentsOf(experience: Experience): Moment[] {
  if (experience.kind === 'order') return placed(experience.at, { order: experience });
  const { incidentId } = experience;
  const mark = (at: string, of: Mark, words: string) => placed(at, { mark: of, words: `${words} in incident ${incidentId}` });
  if (experience.kind === 'shadow') {
    switch (experience.result) {
      case 'agreed':
        return mark(experience.at, 'agreed', 'a person did the same');
      case 'not-needed':
        return mark(experience.at, 'not-needed', 'it came back without it');
      case 'no-help':
        return mark(experience.at, 'failed', 'a person did the same and it did not help');
      case 'not-known':
        return [];
    }
  }
  switch (experience.verified) {
    case 'recovered': {
      const proven = mark(experience.at, 'proven', 'it helped');
      const again = cameBackAt(experience);
      return again === null ? proven : [...proven, ...mark(again, 'failed', 'what it had mended came back after it')];
    }
    case 'not-recovered':
      return mark(experience.at, 'failed', 'it did not help');
    case 'harmed':
      return mark(experience.at, 'harmed', 'it did harm');
    case 'unproven':
    case null:
      return [];
  }
}

/** Of what has no readable time the good is left out, and the bad counts as the latest. */
function placed(at: string, of: Moment['of']): Moment[] {
  const atMs = Date.parse(at);
  if (Number.isFinite(atMs)) return [{ atMs, of }];
  const isBad = 'mark' in of && (of.mark === 'failed' || of.mark === 'harmed');
  return isBad ? [{ atMs: Number.POSITIVE_INFINITY, of }] : [];
}

function byTime(one: Moment, other: Moment): number {
  if (one.atMs !== other.atMs) return one.atMs - other.atMs;
  const [words, others] = [wordsOf(one), wordsOf(other)];
  return cautionOf(one) - cautionOf(other) || Number(words > others) - Number(words < others);
}

/** Of two orders at one moment the lower one counts. */
function cautionOf({ of }: Moment): number {
  if ('mark' in of) return caution[of.mark];
  return of.order.level === null ? orderCaution : orderCaution + 1 - rankOf(of.order.level) / 10;
}

function wordsOf({ of }: Moment): string {
  return 'mark' in of ? of.words : orderWords(of.order);
}
