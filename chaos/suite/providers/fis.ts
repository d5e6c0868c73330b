/** Faults by AWS's Fault Injection Service. A template's targets are resolved once, so that a task which replaces a target is free of the fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { drawn, runningTaskArns } from './ecs.ts';
import { action, type ProviderModule, type Scope } from './provider.ts';

const Run = z.strictObject({
  actionId: z.string().startsWith('aws:'),
  service: z.string().min(1),
  /** As FIS writes it. */
  selection: z.string().regex(/^(ALL|COUNT\([1-9]\d*\))$/, 'write ALL or COUNT(n)'),
  parameters: z.record(z.string(), z.string()).default({}),
  /** Each task that replaces a target is struck as well, until the experiment ends: a fault that no restart cures. */
  again: z.boolean().default(false),
});
type Run = z.infer<typeof Run>;

const run = action({
  arguments: Run,
  strikes: ({ service }: Run) => [service],
  scope: 'each-cluster',
  async run(given: Run, scope: Scope) {
    const { control } = scope.cluster;
    const { service, selection, actionId, parameters } = given;
    if (given.again) void strikeAgain(given, scope);
    else await control.startExperiment({ service, selection }, actionId, parameters);
    return () => control.stopExperiments();
  },
});

export const fis: ProviderModule = { name: 'fis', actions: { run }, probes: {} };

/** FIS takes so many ARNs in one target. */
const mostArns = 5;
const lookEveryMs = 500;

/** At any time as many tasks are under the fault as were selected. */
async function strikeAgain({ actionId, service, selection, parameters }: Run, { cluster, signal, random }: Scope): Promise<void> {
  const wanted = selection === 'ALL' ? Number.POSITIVE_INFINITY : Number(/\d+/.exec(selection)?.[0]);
  const struck = new Set<string>();
  while (!signal.aborted) {
    const running = await runningTaskArns(cluster, service).catch(() => []);
    const free = running.filter((arn) => !struck.has(arn));
    const missing = Math.min(mostArns, wanted - (running.length - free.length));
    for (const arn of drawn(free, missing, random)) {
      // One that stops in this very moment, or does not run yet, is tried again at the next look.
      const isStruck = await cluster.control.startExperiment({ service, tasks: [arn] }, actionId, parameters).then(
        () => true,
        () => false,
      );
      if (isStruck) struck.add(arn);
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
  }
}
