/** R3: an Alertmanager pair tells of each incident one to five times, out of order, to whichever replica: one incident, one change. */
import { emptyOutcome, type LabCampaign, pause } from './campaign.ts';
import { type Group, withGroup } from './group.ts';
import { createRandom, type Random } from './random.ts';

const incidentsPerBatch = 50;
const maxCopies = 5;
/** The pair's copies come up to 20 s apart, far less than an incident takes; here both are that much shorter. */
const spreadMs = 3000;
const settings = {
  KINTSUGI_RUN_VERIFICATION_INTERVAL_SECONDS: '1',
  KINTSUGI_VERIFICATION_HOLD_SECONDS: '4',
  KINTSUGI_VERIFICATION_DEADLINE_SECONDS: '20',
};

export const haPair: LabCampaign = {
  id: 'R3',
  title: 'an Alertmanager pair tells of each incident one to five times, out of order, to two replicas',
  engines: ['sqlite', 'postgres'],
  runs: { lab: 1000, subset: 10 },
  async run(options) {
    const outcome = emptyOutcome();
    const random = createRandom(options.seed);
    // A file serves one process; there the pair talks to that one.
    const replicas = options.engine === 'postgres' ? 2 : 1;
    await withGroup({ name: `pair-${options.engine}`, incidents: options.runs, settings }, options, async (group) => {
      for (let started = 0; started < replicas; started += 1) await group.start();
      let sent = 0;
      while (group.expected.size < options.runs) {
        const batch = Array.from({ length: Math.min(incidentsPerBatch, options.runs - group.expected.size) }, () => group.open().body);
        sent += (await Promise.all(batch.map((body) => sendCopies(group, body, random)))).reduce((sum, copies) => sum + copies, 0);
        await group.rest();
        options.progress(`${group.expected.size} of ${options.runs} incidents`);
      }
      await group.stopAll();
      const { incidents } = await group.judge();
      const [told] = await group.store.rows<{ rows: number | string }>('select count(*) as rows from alert');
      const [absorbed] = await group.store.rows<{ copies: number | string }>('select sum(copies) as copies from notification');
      const counted = Number(told?.rows) + Number(absorbed?.copies);
      if (counted !== sent) group.failures.push(`${sent} notifications were answered 202, ${counted} are rows or counted copies`);
      outcome.runs = incidents.length;
      outcome.failures.push(...group.failures);
      outcome.measured['notifications sent'] = sent;
      outcome.measured['absorbed as exact copies'] = Number(absorbed?.copies);
    });
    return outcome;
  },
};

/** Answers how many copies there were. Copies of the two Alertmanagers differ in nothing but the address they give as their own. */
async function sendCopies(group: Group, body: string, random: Random): Promise<number> {
  const copies = 1 + random.below(maxCopies);
  const plans = Array.from({ length: copies }, () => ({
    afterMs: random.below(spreadMs),
    body: body.replace('"externalURL":""', `"externalURL":"http://alertmanager-${random.below(2)}:9093"`),
    replica: random.below(group.replicas.length),
  }));
  await Promise.all(
    plans.map(async (plan) => {
      await pause(plan.afterMs);
      const status = await group.replicas[plan.replica]?.post(plan.body);
      if (status !== 202) group.failures.push(`a webhook was answered ${status}`);
    }),
  );
  return copies;
}
