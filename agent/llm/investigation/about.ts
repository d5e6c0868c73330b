/** What a question of a run is about, as it lies in the store, and how it is shown to a model. Pure. */
import type { Diagnosis, Hypothesis } from '../../domain/cause.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { Incident } from '../../domain/incident.ts';
import { type Citable, citable } from '../../evidence/in-words.ts';
import { strangersLine } from '../../evidence/strangers-text.ts';
import type { Material } from '../adviser.ts';

export interface About {
  incident: Incident;
  diagnosis: Diagnosis;
  evidence: readonly Evidence[];
  /** Services whose facts come first. */
  focus: readonly string[];
}

/** How the question is asked: for how long, and until when the run wants an answer at all. */
export interface Asking {
  deadlineMs: number;
  signal: AbortSignal;
}

/** A model's sentence is cut to this before anybody reads it. */
const maxReasonLength = 300;

export function aboutIncident({ incident, diagnosis }: About): Material {
  const { alertName, resource, startedAt } = incident;
  const text = [
    `alert: ${alertName}`,
    `cluster: ${resource.cluster}`,
    `service: ${resource.service}`,
    `since: ${startedAt}`,
    `conclusion of the rules: ${diagnosis.conclusion}: ${diagnosis.reason}`,
  ].join('\n');
  return { label: 'the incident', text };
}

/** Numbered from 1, for models that count as people do. */
export function numbered<Item>(label: string, items: readonly Item[], wordsOf: (item: Item) => string): Material {
  return { label, text: items.map((item, index) => `${index + 1}. ${wordsOf(item)}`).join('\n') };
}

export function claimInWords({ cause, service, taskId }: Pick<Hypothesis, 'cause' | 'service' | 'taskId'>): string {
  return `${cause} in ${service}${taskId === undefined ? '' : `, task ${taskId}`}`;
}

export function evidenceOf({ evidence, focus }: About): { citables: Citable[]; material: Material[] } {
  const citables = citable(evidence, { focus });
  return { citables, material: citables.map(({ label, text }) => ({ label, text })) };
}

/** Names that have to survive the masking: without them the material makes no sense. All are services the inventory knows. */
export function namesOf({ incident, focus }: About): string[] {
  return [...new Set([incident.resource.service, ...focus])];
}

/** One harmless line of a model's words. */
export function reasonOf(words: string): string {
  return strangersLine(words, maxReasonLength);
}
