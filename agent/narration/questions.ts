/** What a model is asked about an incident: made of what lies in the store, so that anybody may see beforehand what would be sent. Pure. */
import type { AuditEntry } from '../audit/trail.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Incident } from '../domain/incident.ts';
import type { ActionRecord } from '../domain/plan.ts';
import { type Citable, citable } from '../evidence/in-words.ts';
import type { Material, Question, Role } from '../llm/adviser.ts';
import { foundIn, type Report } from '../report/report.ts';
import { timelineOf } from '../report/timeline.ts';
import { explanationPrompt } from './prompts/explanation.ts';
import { summaryPrompt } from './prompts/summary.ts';
import type { NarrationKind } from './store.ts';
import { subjectOf } from './subject.ts';
import { Words } from './words.ts';

/** What the store holds of an incident, entries and changes oldest first. */
export interface Known {
  incident: Incident;
  entries: readonly AuditEntry[];
  changes: readonly ActionRecord[];
  /** The answers of the last look. */
  evidence: readonly Evidence[];
}

export interface NarrationQuestion {
  question: Omit<Question<Words>, 'signal'>;
  /** What may be cited. */
  citables: readonly Citable[];
  /** What the answer is about. */
  subject: string;
}

export const roleOf = { explanation: 'analysis', summary: 'report' } as const satisfies Record<NarrationKind, Role>;

const maxOutputTokens = 1_200;
const deadlineMs = 60_000;
/** Of the record of a closed incident: at its beginning and at its end. */
const mostEntries = 20;

export function explanationQuestion(known: Known): NarrationQuestion {
  const found = foundIn(known.entries);
  const best = found?.claims[0];
  return questionOf('explanation', known, {
    purpose: 'explain-diagnosis',
    instructions: explanationPrompt,
    subject: best ? subjectOf(best) : (found?.conclusion ?? 'nothing'),
    more: [],
  });
}

export function summaryQuestion(known: Known): NarrationQuestion {
  const { incident, entries, changes } = known;
  const told = timelineOf(incident, entries).map(({ at, who, what }) => `${at} ${who}: ${what}`);
  const left = told.length - 2 * mostEntries;
  const shown = left > 0 ? [...told.slice(0, mostEntries), `… ${left} entries more`, ...told.slice(-mostEntries)] : told;
  const made = changes.map(({ plan, step, status, verified }) => {
    return `${step === 'undo' ? 'undo of ' : ''}${plan.summary}: ${status}${verified ? `, found afterwards: ${verified}` : ''}`;
  });
  return questionOf('summary', known, {
    purpose: 'summarise-incident',
    instructions: summaryPrompt,
    subject: 'how it ended',
    more: [
      { label: 'changes made or tried', text: made.join('\n') || 'none' },
      { label: 'record of the incident', text: shown.join('\n') },
    ],
  });
}

export const questionAbout: Readonly<Record<NarrationKind, (known: Known) => NarrationQuestion>> = {
  explanation: explanationQuestion,
  summary: summaryQuestion,
};

interface Wording {
  purpose: string;
  instructions: string;
  subject: string;
  more: readonly Material[];
}

function questionOf(kind: NarrationKind, known: Known, { purpose, instructions, subject, more }: Wording): NarrationQuestion {
  const { incident, evidence } = known;
  const found = foundIn(known.entries);
  const { cluster, service } = incident.resource;
  const services = [...new Set([service, ...(found?.claims.map((claim) => claim.service) ?? [])])];
  const citables = citable(evidence, { focus: services });
  return {
    subject,
    citables,
    question: {
      role: roleOf[kind],
      incidentId: incident.id,
      purpose,
      instructions,
      keep: [cluster, ...services],
      material: [
        { label: 'the incident', text: incidentInWords(incident) },
        { label: 'what the rules found', text: foundInWords(found, citables) },
        ...more,
        ...citables,
      ].map(({ label, text }) => ({ label, text })),
      schema: Words,
      maxOutputTokens,
      deadlineMs,
    },
  };
}

function incidentInWords({ alertName, resource, severity, startedAt, openedAt, outcome, outcomeReason, closedAt }: Incident): string {
  return JSON.stringify({ alertName, ...resource, severity, startedAt, openedAt, closedAt, outcome, outcomeReason });
}

function foundInWords(found: Report['found'], citables: readonly Citable[]): string {
  if (!found) return 'nothing: the run ended before a diagnosis';
  const named = new Map(citables.map(({ id, alias }) => [String(id), alias]));
  const claims = found.claims.map(({ cause, service, taskId, change, confidence, because, refutedBy, evidence }) => {
    const shownBy = evidence.flatMap((id) => named.get(id) ?? []);
    return JSON.stringify({ cause, service, taskId, change, confidence, because, refutedBy, evidence: shownBy });
  });
  const notes = found.notes.map((note) => `held against what changed: ${note}`);
  return [`${found.conclusion}: ${found.reason}`, ...(found.where ? [`where: ${found.where}`] : []), ...claims, ...notes].join('\n');
}
