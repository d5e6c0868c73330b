/** What every evidence source does, whatever it reads: each plug-in's test runs this suite against a local server. */
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvidenceQuestion } from '../domain/evidence.ts';
import type { EvidenceAnswer, EvidenceSource } from './source.ts';
import { faults, startUpstream, type Upstream } from './upstream.contract.ts';

export interface SourceContract {
  /** A source whose upstream listens at `url`. */
  create(url: string): EvidenceSource;
  question: EvidenceQuestion;
  /** What the upstream says when it has facts, when it has none, and when only a part can be had. */
  upstream: { found: RequestListener; nothing: RequestListener; truncated: RequestListener };
}

const calm = new AbortController().signal;

export function describeEvidenceSource(id: string, contract: SourceContract): void {
  describe(`${id} keeps the contract of evidence sources`, () => {
    let upstream: Upstream;
    let source: EvidenceSource;
    beforeAll(async () => {
      upstream = await startUpstream();
      source = contract.create(upstream.url);
    });
    afterAll(() => upstream.close());

    it('carries the id of its folder', () => {
      expect(source.id).toBe(id);
    });

    it('answers found with facts that are plain JSON', async () => {
      upstream.answer(contract.upstream.found);
      const answer = await source.ask(contract.question, calm);
      expect(answer).toMatchObject({ status: 'found', detail: '' });
      expect(answer.facts.length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(answer.facts))).toStrictEqual(answer.facts);
      expect(answer.question).toContain(contract.question.cluster);
    });

    it('says what its answer cost', async () => {
      upstream.answer(contract.upstream.found);
      const { cost } = await source.ask(contract.question, calm);
      expect(cost?.calls).toBe(upstream.requests());
      // None where what was read before is still true.
      expect(cost?.bytes).toBeGreaterThanOrEqual(0);
      expect((cost?.scanned === null) === (cost?.unit === null)).toBe(true);
    });

    it('answers nothing, and why, when there is nothing', async () => {
      upstream.answer(contract.upstream.nothing);
      const answer = await source.ask(contract.question, calm);
      expect(answer).toMatchObject({ status: 'nothing', facts: [] });
      expect(answer.detail).not.toBe('');
    });

    it('answers truncated, with what it has and what is missing, when a part fails', async () => {
      upstream.answer(contract.upstream.truncated);
      const answer = await source.ask(contract.question, calm);
      expect(answer.status).toBe('truncated');
      expect(answer.detail).not.toBe('');
      expect(answer.facts.length).toBeGreaterThan(0);
    });

    it('answers the same question twice with the same facts', async () => {
      upstream.answer(contract.upstream.found);
      // What is remembered costs less the second time.
      const { cost: _first, ...first } = await source.ask(contract.question, calm);
      const { cost: _second, ...second } = await source.ask(contract.question, calm);
      expect(second).toStrictEqual(first);
    });

    it('refuses to ask about a cluster without a name', async () => {
      upstream.answer(contract.upstream.found);
      const answer = await source.ask({ ...contract.question, cluster: '' }, calm);
      expectFailed(answer, /cluster's name is empty/);
      expect(upstream.requests()).toBe(0);
    });

    it('refuses to ask about a service without a name', async () => {
      upstream.answer(contract.upstream.found);
      const answer = await source.ask({ ...contract.question, focus: [...contract.question.focus, ''] }, calm);
      expectFailed(answer, /service's name is empty/);
      expect(upstream.requests()).toBe(0);
    });

    it('rejects with the reason of a signal that was aborted before', async () => {
      upstream.answer(contract.upstream.found);
      const reason = new Error('the run was stopped');
      await expect(source.ask(contract.question, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(upstream.requests()).toBe(0);
    });

    it('rejects with the reason of the signal when the upstream stays silent until then', async () => {
      const reason = new Error('the deadline has passed');
      const controller = new AbortController();
      upstream.answer(() => controller.abort(reason));
      await expect(source.ask(contract.question, controller.signal)).rejects.toBe(reason);
    });

    it('rejects with the reason of the signal when the upstream stops in the middle of an answer', async () => {
      const reason = new Error('the deadline has passed');
      const controller = new AbortController();
      upstream.answer((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"status":', () => setTimeout(() => controller.abort(reason), 20));
      });
      await expect(source.ask(contract.question, controller.signal)).rejects.toBe(reason);
    });

    it('answers failed when nobody listens', async () => {
      const gone = await startUpstream();
      await gone.close();
      expectFailed(await contract.create(gone.url).ask(contract.question, calm), /^server: .*ECONNREFUSED/);
    });

    it.each(faults)('answers failed when the upstream $name', async ({ listener, names }) => {
      upstream.answer(listener);
      expectFailed(await source.ask(contract.question, calm), names);
    });
  });
}

function expectFailed(answer: EvidenceAnswer, names: RegExp): void {
  expect(answer).toMatchObject({ status: 'failed', facts: [] });
  expect(answer.detail).toMatch(names);
}
