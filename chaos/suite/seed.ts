/** The chance of one play: the same seed, repetition and experiment, the same choices, whatever else is played and in which order. */
import { createHash } from 'node:crypto';

export function seedOf(seed: number, repeat: number, experiment: string): number {
  return createHash('sha256').update(`${seed} ${repeat} ${experiment}`).digest().readUInt32BE(0);
}
