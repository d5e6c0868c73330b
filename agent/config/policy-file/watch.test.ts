import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../audit/trail.ts';
import { isFault } from '../../policy/in-force.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { parsePolicy } from './parse.ts';
import { type PolicyFile, watchPolicyFile } from './watch.ts';

const path = 'policy.yaml';
const careful = 'autonomy: { default: approve }\n';
const bold = 'autonomy: { default: auto }\nflags: { stop-task: true }\n';

describe('a policy file that is edited', () => {
  let text: string | Error;
  let clock: ReturnType<typeof createFakeClock>;
  let trail: AuditEntry[];
  let logged: string[];
  let metrics: ReturnType<typeof createMetrics>;
  let file: PolicyFile;

  beforeEach(async () => {
    text = careful;
    clock = createFakeClock('2026-03-10T12:00:00.000Z');
    trail = [];
    logged = [];
    metrics = createMetrics(async () => ({}));
    const parsed = parsePolicy(careful);
    if ('faults' in parsed) return expect.unreachable();
    file = watchPolicyFile(path, parsed.policy, {
      read: async () => {
        if (text instanceof Error) throw text;
        return text;
      },
      trail: { append: async (entry) => void trail.push(entry) },
      clock,
      logger: createLogger('info', { write: (line: string) => void logged.push(line) }),
      metrics,
    });
    await looks(2);
  });

  async function looks(times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) await file.look();
  }
  const level = () => {
    const policy = file.inForce();
    return isFault(policy) ? policy.fault : policy.autonomy.default;
  };
  const gauge = async () => (await metrics.registry.getSingleMetric('kintsugi_policy_in_force')?.get())?.values[0]?.value;

  it('is in force from the start, and nothing is said of it', async () => {
    expect(level()).toBe('approve');
    expect(await gauge()).toBe(1);
    expect([trail, logged]).toEqual([[], []]);
  });

  it('is taken over once two looks saw the same, flags and levels together', async () => {
    text = bold;
    await looks(1);
    expect(level()).toBe('approve');
    await looks(1);
    expect(file.inForce()).toMatchObject({ autonomy: { default: 'auto' }, flags: { 'stop-task': true } });
    expect(trail).toEqual([
      expect.objectContaining({
        event: 'policy-changed',
        incidentId: null,
        detail: expect.objectContaining({ path, hash: expect.any(String) }),
      }),
    ]);
    expect(logged.join('')).toContain('policy in force');
  });

  it('allows nothing once it is faulty, says line and fault, and goes on when it is mended', async () => {
    text = 'autonomy:\n  default: always\n';
    await looks(2);
    expect(level()).toMatch(/^policy\.yaml:2:3: autonomy\.default: /);
    expect(await gauge()).toBe(0);
    expect(logged.join('')).toContain('nothing is allowed until it is mended');
    expect(trail.map(({ event }) => event)).toEqual(['policy-refused']);
    text = careful;
    await looks(2);
    expect(level()).toBe('approve');
    expect(await gauge()).toBe(1);
    expect(trail.map(({ event }) => event)).toEqual(['policy-refused', 'policy-changed']);
  });

  it('tells of many faults the first three', async () => {
    text = 'a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n';
    await looks(2);
    expect(level()).toMatch(/^policy\.yaml:1:1: a: .*; policy\.yaml:2:1: b: .*; policy\.yaml:3:1: c: .*; and 2 more\.$/);
  });

  it('allows nothing once it is gone', async () => {
    text = new Error('ENOENT: no such file');
    await looks(2);
    expect(level()).toBe('policy.yaml cannot be read: ENOENT: no such file.');
  });

  it('never takes a half of it for the whole, and allows nothing while it goes on being written', async () => {
    text = 'autonomy: { default: auto }\n';
    await looks(1);
    expect(level()).toBe('approve');
    text = 'autonomy: { default: auto }\nfreezeWindows: []\n';
    await looks(1);
    expect(level()).toMatch(/still being written/);
    text = bold;
    await looks(1);
    expect(level()).toMatch(/still being written/);
    await looks(1);
    expect(level()).toBe('auto');
  });

  it('says nothing of an edit that changes only words around it', async () => {
    text = `# the same\n${careful}`;
    await looks(2);
    expect(level()).toBe('approve');
    expect(trail).toEqual([]);
  });

  it('goes on when the audit trail cannot be written', async () => {
    text = bold;
    trail.push = () => {
      throw new Error('the disk is full');
    };
    await looks(2);
    expect(level()).toBe('auto');
    expect(logged.join('')).toContain('could not be told of the policy');
  });

  it('allows nothing when it has not been looked at for long', async () => {
    await clock.advance(30_000);
    expect(level()).toBe('approve');
    await clock.advance(1);
    expect(level()).toBe('policy.yaml has not been read for 30 s.');
    await looks(1);
    expect(level()).toBe('approve');
  });

  it('is looked at by itself, and no more once it is stopped', async () => {
    file.start();
    text = bold;
    await clock.advance(2000);
    expect(level()).toBe('auto');
    await file.stop();
    text = careful;
    await clock.advance(2000);
    expect(level()).toBe('auto');
  });
});
