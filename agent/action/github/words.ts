/** What is told on GitHub about an incident: the part of it that a plan carries, bounded, and the paragraphs made of it. */
import { z } from 'zod';
import { type Cause, causes, type Hypothesis } from '../../domain/cause.ts';
import type { IncidentBrief } from '../action.ts';
import { fenced } from './text.ts';

const maxReasons = 6;
const maxReasonLength = 300;
const maxNameLength = 120;

export const Words = z.strictObject({
  incident: z.string().min(1).max(100),
  alertName: z.string().max(maxNameLength),
  startedAt: z.string().max(40),
  cause: z.enum(causes),
  confidence: z.number().min(0).max(1),
  because: z.array(z.string().max(maxReasonLength)).max(maxReasons),
});
export type Words = z.infer<typeof Words>;

export function wordsFor({ cause, confidence, because }: Hypothesis, incident: IncidentBrief): Words {
  return {
    incident: incident.id.slice(0, 100),
    alertName: incident.alertName.slice(0, maxNameLength),
    startedAt: incident.startedAt.slice(0, 40),
    cause,
    confidence,
    because: because.slice(0, maxReasons).map((reason) => reason.slice(0, maxReasonLength)),
  };
}

/** The incident's name in branches and markers: only letters, digits and hyphens, whatever the id holds. */
export function incidentSlug(incident: string): string {
  return (
    incident
      .replace(/[^A-Za-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'unnamed'
  );
}

export function foundParagraphs(words: Words, service: string, cluster: string): string[] {
  return [
    `Service \`${service}\` in cluster \`${cluster}\`: cause ${inWords(words.cause)}, confidence ${words.confidence.toFixed(2)} of 1.`,
    `Incident \`${incidentSlug(words.incident)}\`, alert and start:`,
    fenced([words.alertName, words.startedAt], maxNameLength),
    'What was found:',
    fenced(words.because, maxReasonLength),
  ];
}

export function inWords(cause: Cause): string {
  return cause.replaceAll('-', ' ');
}
