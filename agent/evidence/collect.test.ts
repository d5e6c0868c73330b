import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../domain/errors.ts';
import type { Fact } from '../domain/evidence.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { question } from '../testing/question.ts';
import { collectEvidence } from './collect.ts';
import type { EvidenceAnswer, EvidenceSource } from './source.ts';

const reporting = (service: string): Fact => ({ kind: 'reporting', service, up: 2, down: 0 });
const found = (facts: Fact[]): EvidenceAnswer => ({ status: 'found', question: 'what?', detail: '', facts });
const source = (id: string, ask: EvidenceSource['ask']): EvidenceSource => ({ id, ask });
const never = new Promise<EvidenceAnswer>(() => {});

function options(more: object = {}) {
  let ids = 0;
  return { deadlineMs: 5_000, clock: createFakeClock(), newId: () => `e${++ids}`, signal: new AbortController().signal, ...more };
}

describe('collectEvidence', () => {
  it('gives one piece of evidence per source, in their order, each with its own id', async () => {
    const clock = createFakeClock();
    const slow = source('slow', async (_, signal) => {
      await clock.sleep(2_000, signal);
      return found([reporting('a')]);
    });
    const collecting = collectEvidence([slow, source('quick', async () => found([reporting('b')]))], question, options({ clock }));
    await clock.advance(2_000);
    const evidence = await collecting;
    expect(evidence.map(({ source, durationMs, facts }) => [source, durationMs, facts])).toEqual([
      ['slow', 2_000, [reporting('a')]],
      ['quick', 0, [reporting('b')]],
    ]);
    expect(new Set(evidence.map(({ id }) => id))).toEqual(new Set(['e1', 'e2']));
    expect(evidence[0]).toMatchObject({
      question: 'what?',
      status: 'found',
      from: '2026-11-21T09:45:00.000Z',
      to: '2026-11-21T10:05:00.000Z',
    });
  });

  it('marks a source that overruns as failed, tells it to stop, and keeps the others', async () => {
    const clock = createFakeClock();
    let told: unknown;
    const stuck = source('stuck', (_, signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      return never;
    });
    const collecting = collectEvidence([stuck, source('well', async () => found([reporting('a')]))], question, options({ clock }));
    await clock.advance(5_000);
    const [first, second] = await collecting;
    expect(first).toMatchObject({ status: 'failed', detail: 'timeout: stuck gave no answer within 5000 ms', durationMs: 5_000, facts: [] });
    expect(told).toBeInstanceOf(Error);
    expect(second).toMatchObject({ status: 'found' });
  });

  it('leaves no sleeper behind', async () => {
    const clock = createFakeClock();
    await collectEvidence([source('quick', async () => found([]))], question, options({ clock }));
    expect(clock.sleeping).toBe(0);
  });

  it('gives each source a signal of its own', async () => {
    const signals: AbortSignal[] = [];
    const noting = source('noting', async (_, signal) => {
      signals.push(signal);
      return found([]);
    });
    await collectEvidence([noting, noting], question, options());
    await collectEvidence([noting], question, options());
    expect(new Set(signals).size).toBe(3);
  });

  it('marks a source that throws or rejects as failed with the cause', async () => {
    const throwing = source('throwing', () => {
      throw new TypeError('facts is undefined');
    });
    const rejecting = source('rejecting', () =>
      Promise.reject(new UpstreamError('ecs', 'auth', 'was denied', { hint: 'allow ecs:ListTasks' })),
    );
    const evidence = await collectEvidence([throwing, rejecting], question, options());
    expect(evidence.map(({ status, detail }) => [status, detail])).toEqual([
      ['failed', 'TypeError: facts is undefined'],
      ['failed', 'auth: ecs: was denied (allow ecs:ListTasks)'],
    ]);
  });

  it('rejects with the reason of the outer signal, and passes it on to the sources', async () => {
    const controller = new AbortController();
    const reason = new Error('the lease was lost');
    let told: unknown;
    const stuck = source('stuck', (_, signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      queueMicrotask(() => controller.abort(reason));
      return never;
    });
    await expect(collectEvidence([stuck], question, options({ signal: controller.signal }))).rejects.toBe(reason);
    expect(told).toBe(reason);
  });

  it('asks nobody when the outer signal was aborted before', async () => {
    const reason = new Error('stopped');
    let asked = false;
    const noting = source('noting', async () => {
      asked = true;
      return found([]);
    });
    await expect(collectEvidence([noting], question, options({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(asked).toBe(false);
  });

  it('keeps what an answer truncated and why', async () => {
    const cut = source('cut', async () => ({ status: 'truncated', question: 'q', detail: 'a page is missing', facts: [reporting('a')] }));
    expect(await collectEvidence([cut], question, options())).toMatchObject([
      { status: 'truncated', detail: 'a page is missing', facts: [reporting('a')] },
    ]);
  });

  it('keeps a bounded number of facts and says so', async () => {
    const many = source('many', async () => found(Array.from({ length: 6_000 }, (_, index) => reporting(`s${index}`))));
    const [evidence] = await collectEvidence([many], question, options());
    expect(evidence).toMatchObject({ status: 'truncated', detail: 'only the first 5000 of 6000 facts were kept' });
    expect(evidence?.facts).toHaveLength(5_000);
  });

  it('keeps a bounded size of facts and says so', async () => {
    const large = source('large', async () => found(Array.from({ length: 10 }, () => reporting('x'.repeat(300_000)))));
    const [evidence] = await collectEvidence([large], question, options());
    expect(evidence).toMatchObject({ status: 'truncated', detail: 'only the first 3 of 10 facts were kept' });
  });

  it('keeps no secret of a question, a failure or a fact', async () => {
    const secret = 'postgres://shop:hunter2@db/shop';
    const said = (detail: string, facts: Fact[]) => async () => ({ ...found(facts), question: `about ${secret}`, detail });
    const span = {
      kind: 'span',
      service: 'a',
      trace: 't',
      span: 's',
      parent: null,
      name: secret,
      start: 1,
      durationMs: 2,
      status: 'error',
    };
    const evidence = await collectEvidence([source('traces', said(secret, [span as Fact]))], question, options());
    expect(JSON.stringify(evidence)).not.toContain('hunter2');
    expect(evidence).toMatchObject([
      { question: 'about postgres://***@db/shop', facts: [{ name: 'postgres://***@db/shop', durationMs: 2 }] },
    ]);
  });

  it('keeps numbers JSON has no word for as null', async () => {
    const odd = source('odd', async () =>
      found([{ kind: 'service-signal', service: 'a', signal: 'cpu', now: Number.NaN, before: Number.POSITIVE_INFINITY }]),
    );
    expect(await collectEvidence([odd], question, options())).toMatchObject([{ facts: [{ now: null, before: null }] }]);
  });

  it('refuses facts that are no JSON at all', async () => {
    const odd = source('odd', async () => found([{ ...reporting('a'), up: 1n } as unknown as Fact]));
    expect(await collectEvidence([odd], question, options())).toMatchObject([{ status: 'failed', facts: [] }]);
  });

  it('refuses a question without a date', async () => {
    await expect(collectEvidence([], { ...question, onset: new Date('soon') }, options())).rejects.toThrow('onset is not a date');
  });
});
