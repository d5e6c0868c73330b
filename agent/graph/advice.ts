/** How a run asks for advice: in bounded time, and whatever becomes of it, the run goes on. */
import type { Advice } from '../llm/adviser.ts';
import { isFault } from '../policy/in-force.ts';
import type { NodeDependencies } from './dependencies.ts';

/** The age evidence may have by default; where it may be less, less time is left to think. */
const usualMaxAgeSeconds = 120;

/** No verdict may come to stand on evidence that grew old while a model thought. */
export function thinkingMs({ policy }: Pick<NodeDependencies, 'policy'>, mostMs: number): number {
  const inForce = policy();
  const maxAgeSeconds = isFault(inForce) ? usualMaxAgeSeconds : inForce.evidenceMaxAgeSeconds;
  return Math.round(mostMs * Math.min(1, maxAgeSeconds / usualMaxAgeSeconds));
}

/** An adviser does not throw; should it all the same, that is no opinion. Only the end of the run ends the run. */
export async function adviceOf<Value>(
  { logger }: Pick<NodeDependencies, 'logger'>,
  ask: () => Promise<Advice<Value>>,
  signal: AbortSignal,
): Promise<Advice<Value>> {
  try {
    const advice = await ask();
    signal.throwIfAborted();
    return advice;
  } catch (error) {
    signal.throwIfAborted();
    logger.error({ err: error }, 'the adviser failed');
    const spent = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
    return { kind: 'none', why: 'unreachable', reason: 'the adviser failed', spent, attempts: [], looks: [] };
  }
}
