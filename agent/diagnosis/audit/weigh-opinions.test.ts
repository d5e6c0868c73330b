import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnosis, Hypothesis } from '../../domain/cause.ts';
import { EvidenceId } from '../../domain/ids.ts';
import { type Opinion, weighOpinions } from './weigh-opinions.ts';

const e1 = EvidenceId.parse('evidence-1');

function claim(over: Partial<Hypothesis> = {}): Hypothesis {
  return { cause: 'bad-deployment', service: 'checkout', confidence: 0.9, evidence: [e1], because: ['it came'], refutedBy: '', ...over };
}
const second = claim({ cause: 'all-tasks-degraded', confidence: 0.8 });
const diagnosis: Diagnosis = { conclusion: 'cause', ranked: [claim(), second], reason: 'It came.', evidence: [e1] };

function opinion(over: Partial<Opinion> = {}): Opinion {
  return { claim: 0, stance: 'doubts', confidence: 0.4, reason: 'too long ago', evidence: [e1], model: 'a:b', ...over };
}
const firstOf = (...opinions: Opinion[]) => weighOpinions(diagnosis, opinions).diagnosis.ranked[0];

describe('a second opinion', () => {
  it('lowers a confidence, says so, and keeps what it was', () => {
    const { diagnosis: weighed, notes } = weighOpinions(diagnosis, [opinion()]);
    expect(weighed.ranked[0]).toMatchObject({
      confidence: 0.4,
      because: ['it came', 'less than 0.90 since a second opinion doubts it'],
      secondOpinion: { stance: 'doubts', before: 0.9, model: 'a:b', reason: 'too long ago', evidence: [e1] },
    });
    expect(weighed.reason).toBe('It came. A second opinion leaves 0.40 of that.');
    expect(notes).toEqual(['bad-deployment in checkout: the model a:b doubts it and leaves it 0.40: too long ago']);
  });

  it('never brings another claim to the fore: the order of the rules stays', () => {
    const { ranked } = weighOpinions(diagnosis, [opinion({ confidence: 0 })]).diagnosis;
    expect(ranked.map(({ cause, confidence }) => [cause, confidence])).toEqual([
      ['bad-deployment', 0],
      ['all-tasks-degraded', 0.8],
    ]);
  });

  it('raises nothing, whatever number it gives', () => {
    expect(firstOf(opinion({ confidence: 1 }))).toMatchObject({ confidence: 0.9, because: ['it came'] });
    expect(firstOf(opinion({ stance: 'agrees', confidence: 1 }))?.confidence).toBe(0.9);
    expect(firstOf(opinion({ confidence: Number.NaN }))?.confidence).toBe(0.9);
    expect(firstOf(opinion({ confidence: -1 }))?.confidence).toBe(0.9);
    expect(firstOf(opinion({ confidence: null }))?.confidence).toBe(0.9);
  });

  it('that objects leaves the confidence, so that a person is asked and not only refused', () => {
    expect(firstOf(opinion({ stance: 'objects', confidence: 0 }))).toMatchObject({
      confidence: 0.9,
      because: ['it came', 'a second opinion objects to it'],
      secondOpinion: { stance: 'objects' },
    });
  });

  it('counts for nothing without evidence, or about a claim that does not exist', () => {
    for (const other of [opinion({ evidence: [] }), opinion({ claim: 2 }), opinion({ claim: -1 }), opinion({ claim: 0.5 })]) {
      expect(weighOpinions(diagnosis, [other])).toEqual({ diagnosis, notes: [] });
    }
  });

  it('is the most careful one where a model gives several', () => {
    const many = [opinion({ confidence: 0.6 }), opinion({ stance: 'agrees' }), opinion({ confidence: 0.2 }), opinion({ confidence: 0.5 })];
    expect(firstOf(...many)?.confidence).toBe(0.2);
    expect(firstOf(...many, opinion({ stance: 'objects' }), opinion())?.secondOpinion?.stance).toBe('objects');
  });

  it('leaves every claim where it was and no surer, whatever is said', () => {
    const opinions = fc.array(
      fc.record({
        claim: fc.integer({ min: -2, max: 4 }),
        stance: fc.constantFrom('agrees' as const, 'doubts' as const, 'objects' as const),
        confidence: fc.option(fc.double(), { nil: null }),
        reason: fc.string(),
        evidence: fc.constantFrom<EvidenceId[]>([], [e1]),
        model: fc.string(),
      }),
    );
    fc.assert(
      fc.property(opinions, (said) => {
        const { ranked, conclusion } = weighOpinions(diagnosis, said).diagnosis;
        expect(conclusion).toBe('cause');
        expect(ranked.map(({ cause, service, taskId }) => ({ cause, service, taskId }))).toEqual(
          diagnosis.ranked.map(({ cause, service, taskId }) => ({ cause, service, taskId })),
        );
        for (const [place, { confidence }] of ranked.entries()) {
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(diagnosis.ranked[place]?.confidence ?? 0);
        }
      }),
    );
  });
});
