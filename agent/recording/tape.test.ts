import { describe, expect, it } from 'vitest';
import type { Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import type { EvidenceAnswer } from '../evidence/source.ts';
import { Tape, type TapeCall } from './tape.ts';

const up = (service: string, count: number): Fact => ({ kind: 'reporting', service, up: count, down: 0 });
const answer = (...facts: Fact[]): EvidenceAnswer => ({ status: 'found', question: 'how is it?', detail: '', facts });
const asked = (tape: Tape, made: EvidenceAnswer | Promise<EvidenceAnswer>, signal = new AbortController().signal) =>
  tape.ask('ecs', 'verification cart', async () => made, signal);
const answers = (tape: Tape) => tape.end({})?.entries.map((entry) => (entry as TapeCall).answer);

describe('a tape', () => {
  it('holds what was answered in the order it was asked, whoever answered first', async () => {
    const tape = new Tape(1000);
    const slow = Promise.withResolvers<number>();
    tape.time(1);
    const first = tape.call('a.b', 'one', () => slow.promise);
    await tape.call('a.b', 'two', async () => 2);
    expect(tape.call('c.d', '', () => false)).toBe(false);
    slow.resolve(1);
    await first;
    expect(tape.end({ done: true })).toEqual({
      update: { done: true },
      entries: [1, { call: 'a.b', key: 'one', answer: 1 }, { call: 'a.b', key: 'two', answer: 2 }, { call: 'c.d', key: '', answer: false }],
      facts: [],
    });
  });

  it('notes what failed and lets it fail', async () => {
    const tape = new Tape(1000);
    await expect(tape.call('a.b', '', () => Promise.reject(new Error('no store')))).rejects.toThrow('no store');
    const throws = () => {
      throw new Error('no port');
    };
    expect(() => tape.call('c.d', '', throws)).toThrow('no port');
    expect(tape.end({})?.entries).toEqual([
      { call: 'a.b', key: '', error: 'no store' },
      { call: 'c.d', key: '', error: 'no port' },
    ]);
  });

  it('keeps a fact once, however often it is told, and names what lies in the store as evidence', async () => {
    const tape = new Tape(1000);
    await asked(tape, answer(up('cart', 2), up('payment', 1)));
    await asked(tape, answer(up('cart', 2), up('payment', 2)));
    await asked(tape, answer(up('cart', 9)));
    const evidence = { question: '', from: '', to: '', status: 'found', detail: '', durationMs: 1, facts: [] } as const;
    tape.kept([{ ...evidence, id: EvidenceId.parse('e1'), source: 'ecs', facts: [] }]);
    const taped = tape.end({});
    expect(taped?.facts).toEqual([up('cart', 2), up('payment', 1), up('payment', 2)]);
    expect(taped?.entries.map((entry) => (entry as TapeCall).answer)).toMatchObject([
      { status: 'found', facts: [0, 1] },
      { facts: [0, 2] },
      { evidence: 'e1' },
    ]);
  });

  it('drops an answer that came after the deadline of whoever asked', async () => {
    const tape = new Tape(1000);
    const late = Promise.withResolvers<EvidenceAnswer>();
    const deadline = new AbortController();
    const asking = asked(tape, late.promise, deadline.signal);
    deadline.abort();
    late.resolve(answer(up('cart', 2)));
    await asking;
    expect(answers(tape)).toEqual([undefined]);
  });

  it('says so when it was told more than it may hold', async () => {
    const tape = new Tape(100);
    for (let count = 0; count < 5; count += 1) await asked(tape, answer(up('cart', count)));
    tape.time(1);
    expect(tape.end({})).toBeNull();
  });

  it('holds no secret', async () => {
    const tape = new Tape(10_000);
    const token = `ghp_${'a1B2'.repeat(9)}`;
    await tape.call('a.b', `by ${token}`, async () => ({ password: 'hunter22', said: `the token is ${token}` }));
    await asked(tape, answer({ kind: 'reporting', service: token, up: 1, down: 0 }));
    const taped = JSON.stringify(tape.end({ reason: `Bearer ${token}` }));
    expect(taped).not.toContain(token);
    expect(taped).not.toContain('hunter22');
    expect(taped).toContain('***');
  });
});
