/** The words of the issue. The first two lines recognise it: by the incident, and by what it is about. */
import { remedies } from '../../diagnosis/rules/remedies.ts';
import { fenced, firstLineOf, marker } from '../github/text.ts';
import { foundParagraphs, inWords } from '../github/words.ts';
import { type Issue, maxStatementLength, type Params } from './schema.ts';

const byIncident = ({ words }: Params) => marker('incident', words.incident);
const bySubject = ({ cluster, service, words }: Params) => marker('subject', cluster, service, words.cause);

export function titleFor({ cluster, service, words }: Params): string {
  return `${service} in ${cluster}: ${inWords(words.cause)}`;
}

export function bodyFor(params: Params): string {
  const remedy = remedies[params.words.cause];
  return [
    `${byIncident(params)}\n${bySubject(params)}`,
    'Kintsugi did not mend this and hands it to a person.',
    ...foundParagraphs(params.words, params.service, params.cluster),
    ...inModelsWords(params),
    `For a person: ${remedy.kind === 'action' ? remedy.otherwise : remedy.advice}.`,
  ].join('\n\n');
}

function inModelsWords({ explanation }: Params): string[] {
  if (!explanation) return [];
  return ['In the words of a model, which decides nothing:', fenced(explanation, maxStatementLength)];
}

export function isOfIncident({ body }: Issue, params: Params): boolean {
  return firstLineOf(body) === byIncident(params);
}

/** Whether it says the same of the same service, for whichever incident it was opened. */
export function isAbout({ body }: Issue, params: Params): boolean {
  const [, second = ''] = (body ?? '').split(/\r?\n/, 2);
  return second === bySubject(params);
}
