/** The adviser where no model is configured: nobody is asked, and nothing costs anything. */
import type { Advice, Adviser } from './adviser.ts';

export const noAdviser: Adviser = {
  isOn: () => false,
  ask: async () => off(),
  investigate: async () => off(),
};

function off(): Advice<never> {
  const spent = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
  return { kind: 'none', why: 'off', reason: 'No model is configured.', spent, attempts: [], looks: [] };
}
