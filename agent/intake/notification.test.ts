import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { isLong, parseInTurns, parseNotification } from './notification.ts';

const alerts = Array.from({ length: 4_000 }, (_, index) => ({
  status: 'firing',
  labels: { alertname: 'HighErrorRatio', ecs_service: 'checkout' },
  annotations: { description: 'x'.repeat(200) },
  startsAt: '2026-11-21T06:20:11.446Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: '',
  fingerprint: `alert-${index}`,
}));

function bodyOf(overrides: Record<string, unknown> = {}): Buffer {
  const head = { receiver: 'kintsugi', status: 'firing', externalURL: '', version: '4', groupKey: '{}' };
  return Buffer.from(JSON.stringify({ ...head, alerts, ...overrides }));
}

it('reads a long body in turns, as it reads a short one at once', async () => {
  const body = bodyOf();
  expect(isLong(body)).toBe(true);
  expect(await parseInTurns(body)).toEqual(parseNotification(body));
});

it('lets others run between the turns', async () => {
  let others = 0;
  let isRead = false;
  const reading = parseInTurns(bodyOf()).finally(() => {
    isRead = true;
  });
  while (!isRead) {
    await nextTurn();
    others += 1;
  }
  await reading;
  expect(others).toBeGreaterThanOrEqual(4);
});

it.each([
  ['no JSON', Buffer.from('x'.repeat(2_000_000)), 'WEBHOOK_MALFORMED'],
  ['a wrong version', bodyOf({ version: '3' }), 'WEBHOOK_INVALID'],
  ['a wrong alert', bodyOf({ alerts: [...alerts, { ...alerts[0], startsAt: 'noon' }] }), 'WEBHOOK_INVALID'],
  ['too deep nesting', bodyOf({ extra: JSON.parse('['.repeat(20) + ']'.repeat(20)) }), 'WEBHOOK_INVALID'],
])('refuses a long body with %s', async (_, body, code) => {
  await expect(parseInTurns(body)).rejects.toMatchObject({ code });
});
