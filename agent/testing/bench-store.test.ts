import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createIncidentStore } from '../storage/incident-store.ts';
import { createNotificationStore } from '../storage/notification-store.ts';
import { openStore } from '../storage/store.ts';
import { systemClock } from '../system-clock.ts';

async function ask(order: object): Promise<Record<string, number>> {
  const program = join(import.meta.dirname, 'bench-store.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(order)]);
  return JSON.parse(stdout) as Record<string, number>;
}

it('fills a store with closed incidents, and finds every acknowledged id that is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-bench-store-'));
  try {
    const path = join(folder, 'agent.db');
    await ask({ task: 'fill', path, incidents: 7, auditKey: 'k'.repeat(32) });
    const store = await openStore({ path });
    const incidents = createIncidentStore(store, systemClock, () => 'unused');
    expect((await incidents.list({})).map((incident) => incident.status)).toEqual(Array(7).fill('closed'));

    const notifications = createNotificationStore(store, systemClock, { newId: () => 'unused', graphVersion: '1' });
    const accept = (id: string) => {
      const body = Buffer.from(JSON.stringify({ alerts: [], groupKey: id }));
      const receivedAt = systemClock.now().toISOString();
      return notifications.accept({ source: 'alertmanager-webhook', body, bodyHash: id, receivedAt, alerts: 1, truncated: 0 });
    };
    await Promise.all(['bench-0000-00000001', 'bench-0000-00000002', 'bench-0001-00000001'].map(accept));
    await store.close();

    expect(await ask({ task: 'check', path, acknowledged: [2, 1] })).toEqual({ missing: 0, notifications: 10, waiting: 3 });
    expect(await ask({ task: 'check', path, acknowledged: [3, 1, 1] })).toMatchObject({ missing: 2 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
