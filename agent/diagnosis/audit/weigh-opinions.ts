/**
 * What a second opinion does to a diagnosis: it may lower the confidence of a claim, or object to it. It never raises one, and the order of the
 * claims stays: a doubt about the first must not bring the second to the fore.
 */
import type { Diagnosis, Hypothesis, SecondOpinion } from '../../domain/cause.ts';

export interface Opinion extends Omit<SecondOpinion, 'before'> {
  /** Place of the claim in the ranking, from 0. */
  claim: number;
  /** What is left of it when the stance is `doubts`, 0..1. */
  confidence: number | null;
}

export interface Weighed {
  diagnosis: Diagnosis;
  /** Full sentences, one for each claim somebody had an opinion of. */
  notes: string[];
}

const caution: readonly SecondOpinion['stance'][] = ['agrees', 'doubts', 'objects'];

/** An opinion that rests on no evidence is none; of several about one claim the most careful counts. */
export function weighOpinions(diagnosis: Diagnosis, opinions: readonly Opinion[]): Weighed {
  const grounded = opinions.filter(({ evidence }) => evidence.length > 0);
  const notes: string[] = [];
  const ranked = diagnosis.ranked.map((hypothesis, index) => {
    const about = grounded.filter(({ claim }) => claim === index);
    const opinion = about.reduce<Opinion | undefined>((most, one) => (most && !isMoreCareful(one, most) ? most : one), undefined);
    if (!opinion) return hypothesis;
    const weighed = withOpinion(hypothesis, opinion);
    notes.push(`${hypothesis.cause} in ${hypothesis.service}: ${sentenceOf(weighed, opinion)}: ${opinion.reason}`);
    return weighed;
  });
  const [before] = diagnosis.ranked;
  const [best] = ranked;
  if (!before || !best || best.confidence === before.confidence) return { diagnosis: { ...diagnosis, ranked }, notes };
  const reason = `${diagnosis.reason} A second opinion leaves ${best.confidence.toFixed(2)} of that.`;
  return { diagnosis: { ...diagnosis, ranked, reason }, notes };
}

function isMoreCareful(one: Opinion, other: Opinion): boolean {
  const difference = caution.indexOf(one.stance) - caution.indexOf(other.stance);
  return difference > 0 || (difference === 0 && (one.confidence ?? 1) < (other.confidence ?? 1));
}

function withOpinion(hypothesis: Hypothesis, { stance, reason, evidence, model, confidence: left }: Opinion): Hypothesis {
  const before = hypothesis.confidence;
  const doubted = stance === 'doubts' && left !== null && left >= 0 && left < before;
  const confidence = doubted ? left : before;
  const because = doubted
    ? [...hypothesis.because, `less than ${before.toFixed(2)} since a second opinion doubts it`]
    : stance === 'objects'
      ? [...hypothesis.because, 'a second opinion objects to it']
      : hypothesis.because;
  return { ...hypothesis, confidence, because, secondOpinion: { stance, reason, evidence, model, before } };
}

function sentenceOf({ confidence }: Hypothesis, { stance, model }: Opinion): string {
  const who = `the model ${model}`;
  switch (stance) {
    case 'agrees':
      return `${who} agrees`;
    case 'doubts':
      return `${who} doubts it and leaves it ${confidence.toFixed(2)}`;
    case 'objects':
      return `${who} objects`;
  }
}
