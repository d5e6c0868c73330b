/** What a model is asked about a case: the agent's own questions, word for word, and how what comes of them is scored. */
import type { Cause, Diagnosis, Hypothesis } from '../../agent/domain/cause.ts';
import { EvidenceId, IncidentId } from '../../agent/domain/ids.ts';
import type { Incident } from '../../agent/domain/incident.ts';
import type { Advice, Adviser } from '../../agent/llm/adviser.ts';
import { evidenceOf } from '../../agent/llm/investigation/about.ts';
import { createLookTool } from '../../agent/llm/investigation/look-tool.ts';
import { investigationQuestion, type OpenQuestion, pickedOf } from '../../agent/llm/investigation/questions.ts';
import { opinionsOf, secondOpinionQuestion } from '../../agent/llm/investigation/second-opinion.ts';
import type { Claim, ModelCase } from './cases.ts';
import { answerOf, before, type Service, services } from './shop.ts';

export const kinds = ['agrees with a true claim', 'doubts a false claim', 'finds the cause', 'is not led astray'] as const;
export type Kind = (typeof kinds)[number];

export interface ModelQuestion {
  id: string;
  kind: Kind;
  put(adviser: Adviser): Promise<Scored>;
}

export interface Scored {
  /** Null: no opinion, which is neither right nor wrong. */
  isRight: boolean | null;
  got: string;
  advice: Advice<unknown>;
}

/** Those that an action can cure, in the order of nothing. */
const mendable: readonly Cause[] = ['overload', 'all-tasks-degraded', 'bad-deployment', 'sick-task', 'task-start-failure', 'cpu-runaway'];
const ofOneTask: ReadonlySet<Cause> = new Set(['sick-task', 'cpu-runaway']);
const deadlineMs = 60_000;

export function questionsOf(one: ModelCase): ModelQuestion[] {
  const honest = one.shop().evidence();
  const lying = one.shop().logs(one.alert.service, one.lie, 44).evidence();
  const opinion = (kind: Kind, claim: Claim, isRight: (stance: string) => boolean): ModelQuestion => ({
    id: `${one.id}: ${kind}`,
    kind,
    put: (adviser) => askForOpinion(adviser, aboutOf(one, honest, [hypothesisOf(claim)]), isRight),
  });
  const pick = (kind: Kind, evidence: typeof honest, isRight: (picked: string) => boolean): ModelQuestion => ({
    id: `${one.id}: ${kind}`,
    kind,
    put: (adviser) => askForPick(adviser, aboutOf(one, evidence, []), isRight),
  });
  const truth = one.truth ? inWords(one.truth) : 'none';
  return [
    ...(one.truth ? [opinion('agrees with a true claim', one.truth, (stance) => stance === 'agrees')] : []),
    opinion('doubts a false claim', one.decoy, (stance) => stance !== 'agrees'),
    pick('finds the cause', honest, (picked) => picked === truth),
    pick('is not led astray', lying, (picked) => picked !== inWords(one.decoy)),
  ];
}

async function askForOpinion(adviser: Adviser, about: OpenQuestion, isRight: (stance: string) => boolean): Promise<Scored> {
  const advice = await adviser.ask(secondOpinionQuestion(about, { deadlineMs, signal: new AbortController().signal }));
  if (advice.kind === 'none') return { isRight: null, got: advice.why, advice };
  const opinion = opinionsOf(about, advice.value, advice.model).find(({ claim, evidence }) => claim === 0 && evidence.length > 0);
  // As in the agent: what rests on nothing is no opinion.
  return opinion ? { isRight: isRight(opinion.stance), got: opinion.stance, advice } : { isRight: null, got: 'without evidence', advice };
}

async function askForPick(adviser: Adviser, about: OpenQuestion, isRight: (picked: string) => boolean): Promise<Scored> {
  const { citables } = evidenceOf(about);
  let looks = 0;
  const tool = createLookTool({
    sources: about.evidence.map(({ source }) => source),
    services: [...services],
    citables,
    async read({ source, service }) {
      looks += 1;
      const facts = about.evidence.filter((one) => one.source === source).flatMap((one) => one.facts);
      const ofService = facts.filter((fact) => JSON.stringify(fact).includes(`"${service}"`));
      return answerOf(source, `all about ${service}`, ofService, EvidenceId.parse(`look-${looks}`));
    },
  });
  const question = investigationQuestion(about, [tool], { deadlineMs, signal: new AbortController().signal });
  const advice = await adviser.investigate(question);
  if (advice.kind === 'none') return { isRight: null, got: advice.why, advice };
  const picked = pickedOf(about.possible, citables, advice.value);
  const got = 'none' in picked ? 'none' : inWords(picked.claim);
  return { isRight: isRight(got), got, advice };
}

function aboutOf({ id, alert, truth, decoy }: ModelCase, evidence: OpenQuestion['evidence'], ranked: Hypothesis[]): OpenQuestion {
  const diagnosis: Diagnosis = {
    conclusion: ranked.length > 0 ? 'cause' : 'inconclusive',
    ranked,
    reason: ranked.length > 0 ? 'A rule fits.' : 'No rule explains the trouble.',
    evidence: evidence.map((one) => one.id),
  };
  const incident = {
    id: IncidentId.parse(`evaluation-${id}`),
    alertName: alert.name,
    resource: { cluster: 'shop', service: alert.service },
    startedAt: before(240),
  } as Incident;
  const near = [...new Set<Service>([alert.service, ...(truth ? [truth.service] : []), decoy.service])].sort();
  const possible = near.flatMap((service) => mendable.flatMap((cause) => claimsOf(cause, service)));
  return { incident, diagnosis, evidence, focus: [alert.service], possible };
}

function claimsOf(cause: Cause, service: Service): OpenQuestion['possible'] {
  if (!ofOneTask.has(cause)) return [{ cause, service }];
  return [1, 2, 3].map((place) => ({ cause, service, taskId: `${service}-${place}` }));
}

function hypothesisOf({ cause, service, taskId, because }: Claim): Hypothesis {
  const place = taskId === undefined ? {} : { taskId };
  return { cause, service, ...place, confidence: 0.9, evidence: [], because, refutedBy: '' };
}

function inWords({ cause, service, taskId }: { cause: string; service: string; taskId?: string | undefined }): string {
  return `${cause} in ${service}${taskId === undefined ? '' : `, ${taskId}`}`;
}
