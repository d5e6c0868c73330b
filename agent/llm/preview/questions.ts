/** The questions that models are asked about an incident, made again from what lies in the store by the very functions that make them in a run. */
import { z } from 'zod';
import { auditChanges } from '../../diagnosis/audit/audit-changes.ts';
import { possibleClaims } from '../../diagnosis/possible/possible-claims.ts';
import { causes, type Diagnosis } from '../../domain/cause.ts';
import { EvidenceId, type IncidentId } from '../../domain/ids.ts';
import type { NodeDependencies } from '../../graph/dependencies.ts';
import { diagnosisInput, neighboursOf } from '../../graph/facts.ts';
import { knownOf } from '../../narration/narrator.ts';
import { explanationQuestion, type Known, summaryQuestion } from '../../narration/questions.ts';
import { entriesOf } from '../../report/trail.ts';
import type { Investigation, Question } from '../adviser.ts';
import { evidenceOf } from '../investigation/about.ts';
import { createLookTool } from '../investigation/look-tool.ts';
import { investigationQuestion, type OpenQuestion, triageQuestion } from '../investigation/questions.ts';
import { secondOpinionQuestion } from '../investigation/second-opinion.ts';

type Ports = 'incidents' | 'trail' | 'actions' | 'evidence' | 'inventory' | 'sources' | 'diagnosis' | 'run';
export type QuestionDependencies = Pick<NodeDependencies, Ports>;

export type PreviewedQuestion = Question<unknown> & Partial<Pick<Investigation<unknown>, 'tools' | 'maxLooks'>>;

/** As the analyst records it. */
const Diagnosed = z.object({
  conclusion: z.enum(['cause', 'no-fault', 'inconclusive']),
  reason: z.string(),
  ranked: z.array(
    z.object({
      cause: z.enum(causes),
      service: z.string(),
      taskId: z.string().optional(),
      change: z.string().optional(),
      confidence: z.number(),
      atMost: z.number().optional(),
      evidence: z.array(EvidenceId),
      because: z.array(z.string()),
      refutedBy: z.string(),
    }),
  ),
});
const Focused = z.object({ focus: z.array(z.string()) });

/** Nobody is asked, and nobody waits. */
const asking = { deadlineMs: 0, signal: new AbortController().signal };

/** Undefined when there is no such incident. A patch is asked for while it is planned, from files of its repository: that question cannot be made again. */
export async function questionsAbout(deps: QuestionDependencies, incidentId: IncidentId): Promise<PreviewedQuestion[] | undefined> {
  const known = await knownOf(deps, incidentId);
  if (!known) return undefined;
  const told = [explanationQuestion(known), summaryQuestion(known)].map(({ question }) => ({ ...question, signal: asking.signal }));
  return [...(await questionsOfTheRun(deps, known)), ...told];
}

async function questionsOfTheRun(deps: QuestionDependencies, known: Known): Promise<PreviewedQuestion[]> {
  const { incident, entries, evidence } = known;
  const found = entriesOf(entries, 'diagnosis', Diagnosed).at(-1);
  if (!found) return [];
  const focus = entriesOf(entries, 'evidence-collected', Focused).at(-1)?.detail.focus ?? [incident.resource.service];
  const input = diagnosisInput(incident, evidence, new Date(found.at), deps.run);
  const diagnosed: Diagnosis = { ...found.detail, evidence: [] };
  const { diagnosis } = auditChanges(diagnosed, input, deps.diagnosis);
  const about = { incident, diagnosis, evidence, focus };
  if (diagnosis.conclusion === 'cause') return [secondOpinionQuestion(about, asking)];
  if (diagnosis.conclusion === 'no-fault') return [];
  const services = await deps.inventory.services(incident.resource.cluster);
  const near = [...focus, ...neighboursOf(evidence, focus)].filter((service) => services?.includes(service));
  const possible = possibleClaims(input, deps.diagnosis, near);
  return possible.length === 0 ? [] : questionsOfAnInvestigation(deps, { ...about, possible });
}

function questionsOfAnInvestigation({ sources }: QuestionDependencies, about: OpenQuestion): PreviewedQuestion[] {
  const { citables } = evidenceOf(about);
  const services = [...new Set(about.possible.map(({ service }) => service))];
  const read = () => Promise.reject(new Error('a preview orders no look'));
  const look = createLookTool({ sources: sources.map(({ id }) => id), services, citables, read });
  return [triageQuestion(about, asking), investigationQuestion(about, [look], asking)];
}
