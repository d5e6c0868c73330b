/**
 * R21b: the first model of a chain is dead, in one way or another; the second answers. What the dead one costs is its time-out and little more, at
 * most three times; then it is left alone, and the metrics say so. On the true clock, over true connections.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { z } from 'zod';
import { createModelsApp } from '../models-app.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { systemClock } from '../system-clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { campaign } from '../testing/campaign.ts';
import { type ModelServer, startModelServer } from '../testing/llm/model-server.ts';
import { llmSettingsAt } from '../testing/llm/models-on-the-wire.ts';
import type { Fault } from '../testing/llm/turn.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore } from '../testing/temp-store.ts';

const timeoutSeconds = 0.5;
const breakerFailures = 3;
const allowedSeconds = 2;
const nobody = 'nobody listens';
const nowhere = 'http://127.0.0.1:9';

const providers = ['openai', 'compatible', 'bedrock', 'anthropic', 'google'] as const;
const oneRun = fc
  .record({
    pair: fc.shuffledSubarray([...providers], { minLength: 2, maxLength: 2 }),
    death: fc.constantFrom<Fault | typeof nobody>('silent', 'hang', 'drip', 'reset', 429, 500, 503, nobody),
  })
  .map(({ pair, death }) => ({ dead: `${pair[0]}:dead`, living: `${pair[1]}:living`, death }) as const);

const stance = z.object({ stance: z.enum(['agrees', 'objects']) });

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAOFTHETESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-the-tests');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

async function startModels(chain: readonly string[], elsewhere: Readonly<Record<string, string>>) {
  const temp = await openTempStore();
  const newId = countingIds('incident');
  await createIncidentStore(temp.store, systemClock, newId).receive([receivedAlert({})]);
  const metrics = createMetrics(async () => ({}));
  const logger = createLogger('silent');
  const more = { chains: { audit: chain }, call: { timeoutSeconds }, breaker: { failures: breakerFailures } };
  const deps = {
    store: temp.store,
    clock: systemClock,
    logger,
    metrics,
    trail: createAuditTrail(temp.store),
    newId: () => crypto.randomUUID(),
  };
  return { temp, metrics, ...createModelsApp(llmSettingsAt(server.url, more, elsewhere), deps) };
}

campaign(
  {
    id: 'R21b',
    title: 'the first model of a chain is dead: the second answers soon after, and the metrics show it',
    store: 'sqlite',
    runs: { ci: 12, lab: 100 },
  },
  async (run) => {
    const overSeconds: number[] = [];
    const leftAloneSeconds: number[] = [];
    for (const { dead, living, death } of run.sample(oneRun, run.runs)) {
      await run.attempt(`${dead} ${death}, then ${living}`, async () => {
        const elsewhere = death === nobody ? { [dead.split(':')[0] ?? '']: nowhere } : {};
        const { temp, metrics, adviser } = await startModels([dead, living], elsewhere);
        server.play(({ model }) => {
          if (model === 'living') return { kind: 'answer', value: { stance: 'agrees' } };
          return { kind: 'fault', fault: death === nobody ? 'reset' : death };
        });
        const ask = async () => {
          const began = performance.now();
          const advice = await adviser.ask({
            role: 'audit',
            incidentId: 'incident-1',
            purpose: 'fallback',
            instructions: 'Say whether the evidence bears the claim out.',
            material: [{ label: 'the claim', text: 'checkout is slow' }],
            schema: stance,
            maxOutputTokens: 100,
            deadlineMs: 30_000,
            signal: new AbortController().signal,
          });
          expect(advice).toMatchObject({ kind: 'answer', model: living, value: { stance: 'agrees' } });
          return { seconds: (performance.now() - began) / 1000, attempts: advice.attempts.map(({ model, result }) => [model, result]) };
        };
        try {
          for (let time = 1; time <= breakerFailures; time += 1) {
            const { seconds, attempts } = await ask();
            const waited = attempts.some(([, result]) => result === 'timeout') ? timeoutSeconds : 0;
            expect(attempts.map(([model]) => model)).toEqual([dead, living]);
            overSeconds.push(seconds - waited);
            if (run.isLab) expect(seconds - waited).toBeLessThanOrEqual(allowedSeconds);
          }
          const sent = server.journal.length;
          const { seconds } = await ask();
          leftAloneSeconds.push(seconds);
          expect(server.journal.slice(sent).map(({ asked }) => asked?.model)).toEqual(['living']);
          const shown = await metrics.registry.metrics();
          expect(shown).toContain(`kintsugi_model_breaker{model="${dead}"} 2`);
          expect(shown).toContain(`kintsugi_model_breaker{model="${living}"} 0`);
          expect(shown).toContain(`kintsugi_model_chain{role="audit",model="${dead}",place="1"} 1`);
          expect(shown).toContain(`kintsugi_model_calls_total{role="audit",model="${living}",result="answered"} ${breakerFailures + 1}`);
        } finally {
          await temp.remove();
        }
      });
    }
    run.measure('time-out of a model, seconds', timeoutSeconds);
    run.measure('longest from the time-out to the answer, seconds', Math.max(...overSeconds));
    run.measure('longest answer while the dead one is left alone, seconds', Math.max(...leftAloneSeconds));
  },
);
