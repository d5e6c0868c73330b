import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventoryOf, startWebhook, type WebhookServer } from '../../testing/webhook-server.ts';

const folder = join(import.meta.dirname, 'fixtures');
const bodies = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
const settings = { seed: 20_261_121, numRuns: 300 };

let webhook: WebhookServer;
beforeAll(async () => {
  webhook = await startWebhook({ inventory: inventoryOf({ prod: ['checkout', 'cart'] }), defaultCluster: 'prod' });
});
afterAll(() => webhook.stop());

/** Accepted and stored, or refused with a code; never a crash, never a 5xx. */
async function expectDefined(body: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const { status, body: answer } = await webhook.send(body);
  expect([202, 400, 413]).toContain(status);
  if (status === 202) expect(answer).toEqual({ accepted: expect.any(Number), notification: expect.any(Number) });
  else expect(answer.code).toMatch(/^WEBHOOK_/);
}

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the webhook under fuzz', () => {
  it('has an answer for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), (bytes) => expectDefined(new Uint8Array(bytes))),
      settings,
    );
  });

  it('has an answer for any JSON', async () => {
    await fc.assert(fc.asyncProperty(fc.json(), expectDefined), settings);
  });

  it('has an answer for recorded bodies with bytes changed, cut or doubled', async () => {
    const mutated = fc.tuple(
      fc.constantFrom(...bodies),
      fc.array(fc.tuple(place, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 5 }),
      place,
    );
    await fc.assert(
      fc.asyncProperty(mutated, ([body, changes, end]) => {
        let text = body;
        for (const [where, what] of changes) {
          const at = Math.floor(where * text.length);
          text = text.slice(0, at) + what + text.slice(at + what.length);
        }
        return expectDefined(end < 0.2 ? text.slice(0, Math.floor(end * 5 * text.length)) : text);
      }),
      settings,
    );
  });

  it('stores any label set, cleaned, and finds it again', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('__proto__', 'constructor', 'prototype', 'valueOf'),
    );
    const labels = fc.array(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 50 })), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(labels, async (pairs) => {
        const spelt = pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',');
        const body = `{"receiver":"r","status":"firing","alerts":[{"status":"firing","labels":{${spelt}},"annotations":{${spelt}},"startsAt":"2026-11-21T05:51:13.167Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"f"}],"externalURL":"","version":"4","groupKey":"k"}`;
        const { status } = await webhook.post(body);
        expect(status).toBe(202);
        const [row] = await webhook.incidents.alerts({ limit: 1 });
        for (const text of Object.entries(row?.labels ?? {}).flat()) {
          expect(text.isWellFormed()).toBe(true);
          expect(text).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
        }
        expect(Object.keys(row?.labels ?? {}).filter((key) => key in Object.prototype)).toEqual([]);
      }),
      settings,
    );
  });

  it('leaves nothing unsorted, an intact trail and clean prototypes behind', async () => {
    await webhook.sorted();
    expect(await webhook.notifications.state()).toMatchObject({ waiting: 0, quarantined: 0 });
    expect(await webhook.trail.verify()).toMatchObject({ brokenAt: null });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
