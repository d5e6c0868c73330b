/** R12: one replica's clock is two hours off, and a clock is set back while a cooldown runs. */
import { emptyOutcome, type LabCampaign, type LabOptions, type Outcome, pause } from './campaign.ts';
import { breakAgain } from './cloud/world.ts';
import { withGroup } from './group.ts';
import { notificationOf } from './settings.ts';

const twoHoursMs = 7_200_000;
const perBatch = 10;

export const skewedReplica: LabCampaign = {
  id: 'R12',
  title: "one replica's clock is two hours ahead or behind",
  engines: ['postgres'],
  runs: { lab: 200, subset: 10 },
  async run(options) {
    const outcome = emptyOutcome();
    for (const clockMs of [twoHoursMs, -twoHoursMs]) {
      const incidents = Math.ceil(options.runs / 2);
      await withGroup({ name: `skewed-${clockMs > 0 ? 'ahead' : 'behind'}`, incidents }, options, async (group) => {
        const [right, wrong] = await Promise.all([group.start(), group.start()]);
        await wrong.setClock(clockMs);
        for (let opened = 0; opened < incidents; opened += perBatch) {
          const batch = Array.from({ length: Math.min(perBatch, incidents - opened) }, () => group.open());
          await Promise.all(batch.flatMap(({ body }) => [right.post(body), wrong.post(body)]));
          await group.rest();
          options.progress(`${opened + batch.length} of ${incidents} incidents, clock off by ${clockMs / 3_600_000} h`);
        }
        await group.stopAll();
        const { incidents: rows } = await group.judge({ mayEscalate: true });
        const twice = rows.filter((row) => Number(row.fencing_token) > 1);
        outcome.failures.push(...group.failures, ...twice.map((row) => `${row.cluster}: ${row.fencing_token} leases without a death`));
        const name = `mended by the agent, clock ${clockMs > 0 ? 'ahead' : 'behind'}`;
        outcome.measured[name] = rows.filter((row) => row.outcome === 'fixed').length;
        outcome.runs += rows.length;
      });
    }
    return outcome;
  },
};

export const clockSetBack: LabCampaign = {
  id: 'R12',
  title: 'the clock is set back two hours while a cooldown runs',
  engines: ['sqlite', 'postgres'],
  runs: { lab: 100, subset: 5 },
  run: (options) => setBack(options),
};

/** The first change is made two hours in the future; the second trouble comes, seen from there, two hours before it. */
async function setBack(options: LabOptions): Promise<Outcome> {
  const outcome = emptyOutcome();
  const settings = { KINTSUGI_POLICY_COOLDOWN_SECONDS: '900' };
  await withGroup({ name: `back-${options.engine}`, incidents: options.runs, settings }, options, async (group) => {
    const replica = await group.start();
    for (let opened = 0; opened < options.runs; opened += perBatch) {
      await replica.setClock(twoHoursMs);
      const batch = Array.from({ length: Math.min(perBatch, options.runs - opened) }, () => group.open());
      for (const { body } of batch) await group.deliver(body);
      await group.rest();
      await replica.setClock(0);
      for (const { cluster } of batch) breakAgain(options.cloud.world, cluster);
      // The same alert again, after its incident was closed: a second incident on a service that was changed "in two hours".
      await pause(1500);
      for (const { cluster } of batch) await group.deliver(notificationOf([cluster], 0));
      const total = 2 * (opened + batch.length);
      const isResting = await group.restOf(total);
      if (!isResting) break;
      outcome.runs += batch.length;
      options.progress(`${outcome.runs} of ${options.runs} clocks set back`);
    }
    await group.stopAll();
    const rows = await group.store.rows<{ cluster: string; outcome: string; outcome_reason: string }>(
      'select cluster, outcome, outcome_reason from incident order by opened_at',
    );
    const { journal } = options.cloud.world;
    for (const [cluster] of group.expected) {
      const changes = journal.filter((effect) => effect.cluster === cluster).length;
      if (changes !== 1) group.failures.push(`${cluster}: ${changes} changes, the cooldown allows one`);
      const incidents = rows.filter((row) => row.cluster === cluster);
      const reasons = incidents.map((row) => `${row.outcome}: ${row.outcome_reason}`);
      if (!reasons.some((reason) => reason.includes('cooldown'))) {
        group.failures.push(`${cluster}: the cooldown was not what stopped the second change: ${reasons.join(' | ')}`);
      }
    }
    outcome.failures.push(...group.failures);
  });
  return outcome;
}
