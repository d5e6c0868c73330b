/** R22: what is on disk and can never be sorted stands among what can. It is set aside after five attempts; the rest arrives. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { campaign } from '../testing/campaign.ts';
import { engines } from '../testing/engines.ts';
import { hostileBody } from '../testing/hostile-input.ts';
import { startWebhook, type WebhookServer } from '../testing/webhook-server.ts';

const attempts = 5;

function good(fingerprint: string): string {
  const labels = { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: fingerprint };
  const times = { startsAt: '2026-11-21T05:51:13.167Z', endsAt: '0001-01-01T00:00:00Z' };
  const alerts = [{ status: 'firing', labels, annotations: {}, ...times, generatorURL: '', fingerprint }];
  return JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', truncatedAlerts: 0, externalURL: '', alerts });
}

/** Bytes the door would have refused, or whose alerts are not as many as were counted: as after an error on disk or of a release before. */
const poison = fc.oneof(
  hostileBody([good('a'), good('b')]).map(({ body }) => ({ body: Buffer.from(body), alerts: 99 })),
  fc.uint8Array({ maxLength: 500 }).map((bytes) => ({ body: Buffer.from(bytes), alerts: 1 })),
);
const order = fc.array(fc.constantFrom('good' as const, 'good' as const, 'poison' as const), { minLength: 2, maxLength: 8 });

describe.each(engines)('on %s', (engine) => {
  let webhook: WebhookServer;
  beforeAll(async () => {
    webhook = await startWebhook({ inventory: { services: async () => null } }, { engine });
  });
  afterAll(() => webhook.stop());
  let sequence = 0;

  campaign(
    {
      id: 'R22',
      title: 'poison among good notifications is set aside, the rest arrives',
      store: engine,
      runs: { ci: engine === 'sqlite' ? 30 : 8, lab: 500 },
    },
    async (run) => {
      let poisoned = 0;
      const sent: string[] = [];
      await run.check(
        fc.asyncProperty(order, fc.infiniteStream(poison), async (kinds, poisons) => {
          for (const kind of kinds) {
            sequence += 1;
            if (kind === 'good') {
              sent.push(`s${sequence}`);
              expect((await webhook.send(good(`s${sequence}`))).status).toBe(202);
              continue;
            }
            const { body, alerts } = poisons.next().value as { body: Buffer; alerts: number };
            const bodyHash = createHash('sha256').update(`${sequence}`).digest('hex');
            const receivedAt = webhook.clock.now().toISOString();
            await webhook.notifications.accept({ source: 'alertmanager-look', body, bodyHash, receivedAt, alerts, truncated: 0 });
            poisoned += 1;
          }
          webhook.intake.wake();
          await webhook.sorted();
          const { db } = webhook.store;
          const found = await db.selectFrom('notification').select(['status', 'failures']).where('status', '<>', 'sorted').execute();
          expect(found.filter(({ status, failures }) => status !== 'quarantined' || failures !== attempts)).toEqual([]);
          expect(found).toHaveLength(poisoned);
          const incidents = await db.selectFrom('incident').select('service').execute();
          expect(incidents.map(({ service }) => service).sort()).toEqual(sent.toSorted());
        }),
      );
      run.measure('set aside', poisoned);
    },
  );
});
