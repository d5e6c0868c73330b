/**
 * Messages with two or three values that are written like words never differ at one place only: hardly a pair of customer and shop comes twice.
 * They show as a crowd: many messages of one length and beginning that are equal but for the same few places, each with many spellings.
 */
import { beginningOf } from './header.ts';
import { isWord } from './template.ts';
import { enough, type Variability, weightOf } from './variability.ts';

const smallest = 32;
/** So many messages are looked at together, the latest; what shows in none of these crowds is hardly one. */
export const largestCrowd = 1_024;

/** At every doubling, and then for every full crowd: what looking costs is shared by the messages that came since. */
export function isCrowd(count: number): boolean {
  return count < largestCrowd ? count >= smallest && (count & (count - 1)) === 0 : count % largestCrowd === 0;
}

const leastMembers = 16;

export interface CrowdedPlaces {
  /** Indices into the messages looked at. */
  members: number[];
  places: number[];
}

/** Groups of equal messages but for places that hold values, which are fewer than the words that stay. */
export function crowdedPlaces(messages: readonly (readonly string[])[], settings: Variability): CrowdedPlaces[] {
  const length = messages[0]?.length ?? 0;
  const varied = new Set<number>();
  const beginning = beginningOf(messages[0] ?? []);
  for (let at = 0; at < length; at += 1) if (at !== beginning && holdsValues(messages, at, settings)) varied.add(at);
  if (varied.size === 0) return [];

  const byRest = new Map<string, number[]>();
  for (const [index, tokens] of messages.entries()) {
    const rest = tokens.map((token, at) => (varied.has(at) ? '' : token)).join(' ');
    const members = byRest.get(rest);
    if (members === undefined) byRest.set(rest, [index]);
    else members.push(index);
  }
  const found: CrowdedPlaces[] = [];
  for (const members of byRest.values()) {
    if (members.length < leastMembers) continue;
    const own = members.map((index) => messages[index] as readonly string[]);
    const places = [...varied].filter((at) => new Set(own.map((tokens) => tokens[at])).size > 1);
    const wordsLeft = (own[0] as readonly string[]).filter((token, at) => at >= beginning && !varied.has(at) && isWord(token)).length;
    if (places.length < wordsLeft && places.every((at) => holdsValues(own, at, settings))) found.push({ members, places });
  }
  return found;
}

function holdsValues(messages: readonly (readonly string[])[], at: number, settings: Variability): boolean {
  const weights = new Map<string, number>();
  for (const tokens of messages) {
    if (weights.has(tokens[at] as string)) continue;
    const weight = weightOf(tokens, at, settings);
    // What says what happened is at no place that may be hidden.
    if (weight === 0) return false;
    weights.set(tokens[at] as string, weight);
  }
  return weights.size > 1 && [...weights.values()].reduce((sum, weight) => sum + weight, 0) > enough;
}
