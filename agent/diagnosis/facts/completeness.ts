/** Is there enough to judge from? Partial evidence never names a cause that rests on what is missing. */
import type { DiagnosisInput, DiagnosisSettings } from '../input.ts';
import type { View } from './view.ts';

/** What is missing, in one sentence; undefined when the evidence is complete. */
export function missingEvidence(input: DiagnosisInput, view: View, settings: DiagnosisSettings): string | undefined {
  const service = view.alert.resource.service;
  if (!Number.isFinite(view.onsetMs) || !Number.isFinite(view.nowMs)) return 'the time of the onset is not known';
  for (const source of input.sources ? settings.requiredSources : []) {
    const answer = input.sources?.find((candidate) => candidate.source === source);
    if (!answer) return `${source} was not asked`;
    if (answer.status === 'failed' || answer.status === 'truncated') {
      return `${source} ${answer.status === 'failed' ? 'did not answer' : 'answered only in part'}: ${answer.detail}`;
    }
  }
  if (!view.states.has(service)) return `ECS says nothing about ${service}`;
  const hasReading = [...view.services.values()].some((signals) => [...signals.values()].some((reading) => reading.now !== null));
  if (!hasReading) return 'the metrics say nothing about any service of the cluster';
  return undefined;
}
