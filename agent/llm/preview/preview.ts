/** Shows what would be sent to models about an incident: masked, fenced and composed by the same functions, and sent to nobody. */
import type { IncidentId } from '../../domain/ids.ts';
import type { Role } from '../adviser.ts';
import { type BoundTool, type NewFence, openingMessages } from '../chain/prompt.ts';
import { createRedactor } from '../redaction/redactor.ts';
import { type QuestionDependencies, questionsAbout } from './questions.ts';

export interface PreviewDependencies extends QuestionDependencies {
  chains: { of(role: Role): readonly string[] };
  /** For the words that fence the material; in a call they are others, and no less random. */
  newFence: NewFence;
}

export interface Preview {
  role: Role;
  purpose: string;
  /** Who would be asked now, the first first. */
  models: string[];
  system: string;
  human: string;
  /** With an investigation; otherwise the schema of the answer stands in `system`. */
  tools: BoundTool[];
  /** Secrets that were taken out, by kind. */
  secretsTakenOut: Record<string, number>;
}

/** Undefined when there is no such incident. */
export async function previewsOf(deps: PreviewDependencies, incidentId: IncidentId): Promise<Preview[] | undefined> {
  const questions = await questionsAbout(deps, incidentId);
  const redactor = createRedactor();
  return questions?.map((question) => {
    const { role, purpose, keep } = question;
    const { system, human, tools, secrets } = openingMessages(question, redactor.begin(keep ?? []), deps.newFence);
    return { role, purpose, models: [...deps.chains.of(role)], system, human, tools, secretsTakenOut: secrets };
  });
}
