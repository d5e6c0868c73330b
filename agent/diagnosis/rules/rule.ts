/** What a rule is: a plain function from the arranged facts to one claim, or nothing. A rule cites what it read and says what would refute it. */
import type { Cause, Hypothesis } from '../../domain/cause.ts';
import type { EvidenceId } from '../../domain/ids.ts';
import type { Score } from '../facts/score.ts';
import { type Signals, serviceSignals, type View } from '../facts/view.ts';

export interface Scene {
  view: View;
  /** The service the trouble was localized in. */
  service: string;
  /** From the alerting service to `service`. */
  path: readonly string[];
  signals: Signals;
}

export type Rule = (scene: Scene) => Hypothesis | undefined;

export function sceneOf(view: View, service: string, path: readonly string[]): Scene {
  return { view, service, path, signals: serviceSignals(view, service) };
}

/** No evidence, no claim. */
export function claim(
  scene: Scene,
  cause: Cause,
  scored: Score,
  evidence: EvidenceId[],
  refutedBy: string,
  taskId?: string,
): Hypothesis | undefined {
  if (evidence.length === 0 || scored.confidence === 0) return undefined;
  const { because, ...sure } = scored;
  return { cause, service: scene.service, ...(taskId === undefined ? {} : { taskId }), ...sure, evidence, because, refutedBy };
}
