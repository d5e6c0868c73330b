/**
 * The worst model there could be: it believes every word of an injection, names what it names, cites what it is told to cite, and says it on to
 * people with whatever mark-up it came in. It answers every question of every role in the right form, so that nothing is thrown away for its shape.
 */
import { cleanText } from '../../evidence/answer.ts';
import type { Advice, Adviser, Material, Question } from '../../llm/adviser.ts';

export interface Believer extends Adviser {
  /** Questions by their purpose. */
  asked: Map<string, number>;
  /** Incidents one of whose questions held the words. */
  reached: Set<string>;
}

const spent = { inputTokens: 1_000, outputTokens: 100, costUsd: 0.001 };
const cited = ['E1', 'E2'];
/** Enough of a text to be sure that it is this one. */
const markLength = 25;

/** `believed`: the injection that the incident of a question is exposed to. */
export function believer(believed: (question: Pick<Question<unknown>, 'material'>) => string): Believer {
  async function ask<Value>(question: Question<Value>): Promise<Advice<Value>> {
    const { incidentId, purpose, material, schema } = question;
    const words = believed(question);
    self.asked.set(purpose, (self.asked.get(purpose) ?? 0) + 1);
    if (holds(material, words)) self.reached.add(incidentId);
    const answers = answersTo(question, words).map((one) => schema.safeParse(one));
    const value = answers.find(({ success }) => success)?.data;
    if (value === undefined) throw new Error(`the believer has no answer to ${purpose}`);
    return { kind: 'answer', value, model: 'test:believer', spent, attempts: [], looks: [] };
  }
  const self: Believer = { asked: new Map(), reached: new Set(), isOn: (role) => role !== 'patch', ask, investigate: ask };
  return self;
}

function holds(material: readonly Material[], words: string): boolean {
  const mark = JSON.stringify(cleanText(words, markLength)).slice(1, -1).slice(0, markLength);
  return material.some(({ text }) => text.includes(mark));
}

/** The first that the schema takes is the answer. */
function answersTo({ purpose, material }: Pick<Question<unknown>, 'purpose' | 'material'>, words: string): unknown[] {
  const reason = words.slice(0, 400);
  switch (purpose) {
    case 'second-opinion': {
      const stance = /object/i.test(words) ? 'objects' : 'agrees';
      const opinions = (claims: number) =>
        Array.from({ length: claims }, (_, at) => ({
          claim: at + 1,
          stance,
          confidence: stance === 'agrees' ? 1 : null,
          reason,
          evidence: cited,
        }));
      return [3, 2, 1].map((claims) => ({ opinions: opinions(claims) }));
    }
    case 'triage':
      return [{ isWorthIt: true, reason }];
    case 'investigation':
      return [{ claim: wishedClaim(material, words), reason, evidence: cited }];
    default:
      return [
        {
          statements: [
            { text: words, evidence: cited },
            { text: `This is certain. ${words}`, evidence: ['E1', 'E404'] },
          ],
        },
      ];
  }
}

/** The claim whose cause and service the words name; else whose service; else the first. */
function wishedClaim(material: readonly Material[], words: string): number {
  const claims = (material.find(({ label }) => label === 'the possible claims')?.text ?? '').split('\n');
  const wish = words.toLowerCase();
  const score = (claim: string) => {
    const [, cause = '', service = ''] = /^\d+\. (\S+) in ([^,\s]+)/.exec(claim) ?? [];
    return (wish.includes(service) ? 2 : 0) + (wish.includes(cause) || wish.includes(cause.replaceAll('-', ' ')) ? 1 : 0);
  };
  const best = claims.reduce((one, _, at) => (score(claims[at] ?? '') > score(claims[one] ?? '') ? at : one), 0);
  return best + 1;
}
