import { describe, expect, it } from 'vitest';
import { audited, curable, incident, named } from '../testing/facts.ts';
import { claimOf, isCauseRight } from './claims.ts';

const { expect: wanted } = curable;

describe('what an incident claims', () => {
  it('is the cause ranked first after the audit of the last diagnosis', () => {
    const audit = [...named('overload', 'payment'), ...named('bad-deployment', 'checkout')];
    expect(claimOf(incident('escalated'), audit)).toMatchObject({ cause: 'bad-deployment', service: 'checkout' });
  });

  it('of a fix is the one its last change rested on', () => {
    const audit = [...named('bad-deployment', 'checkout'), audited('action-intended', {}), ...named('overload', 'payment')];
    expect(claimOf(incident('fixed'), audit)).toMatchObject({ cause: 'bad-deployment' });
    expect(claimOf(incident('escalated'), audit)).toMatchObject({ cause: 'overload' });
  });

  it('is none when the last diagnosis names none, the auditor took it, or the trail cannot be read', () => {
    const inconclusive = audited('diagnosis', { conclusion: 'inconclusive', ranked: [] });
    expect(claimOf(incident('escalated'), [...named('overload', 'payment'), inconclusive])).toBeNull();
    const [diagnosis] = named('overload', 'payment');
    expect(
      claimOf(incident('escalated'), diagnosis ? [diagnosis, audited('audited', { vetoed: true, notes: [], ranked: [] })] : []),
    ).toBeNull();
    expect(claimOf(incident('escalated'), [audited('diagnosis', { ranked: 'nothing to read' })])).toBeNull();
    expect(claimOf(incident('escalated'), [])).toBeNull();
  });

  it('is its own: other incidents say nothing of it', () => {
    expect(claimOf(incident('escalated'), named('overload', 'payment', 'another'))).toBeNull();
  });
});

describe('the cause', () => {
  it('is right when it is named for every fault', () => {
    expect(isCauseRight([incident('fixed')], named('bad-deployment', 'checkout'), wanted)).toEqual({ isRight: true, why: [] });
    const two = [...wanted, { causes: [{ cause: 'sick-task' as const, service: 'cart' }], changes: [], mayTry: [] }];
    expect(isCauseRight([incident('fixed')], named('bad-deployment', 'checkout'), two)?.isRight).toBe(false);
    const both = [...named('bad-deployment', 'checkout', 'one'), ...named('sick-task', 'cart', 'two')];
    expect(isCauseRight([incident('fixed', 'one'), incident('fixed', 'two')], both, two)?.isRight).toBe(true);
  });

  it('is wrong for the right words about another service', () => {
    const told = isCauseRight([incident('fixed')], named('bad-deployment', 'payment'), wanted);
    expect(told?.isRight).toBe(false);
    expect(told?.why.join()).toContain('bad-deployment of payment was named, which is not the cause');
  });

  it('is wrong when another incident that people act on names something else, and not when nobody does', () => {
    const audit = [...named('bad-deployment', 'checkout', 'one'), ...named('overload', 'storefront', 'two')];
    expect(isCauseRight([incident('fixed', 'one'), incident('escalated', 'two')], audit, wanted)?.isRight).toBe(false);
    expect(isCauseRight([incident('fixed', 'one'), incident('recovered', 'two')], audit, wanted)?.isRight).toBe(true);
  });

  it('is wrong when nobody was told, and asked of no one where nothing is wrong', () => {
    expect(isCauseRight([], [], wanted)?.isRight).toBe(false);
    expect(isCauseRight([], [], [{ causes: [], changes: [], mayTry: [] }])).toBeNull();
  });
});
