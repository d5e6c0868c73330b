/** R14: connections to the database break in the middle of whatever runs on them, and the database is away for seconds. */
import { emptyOutcome, inLanes, type LabCampaign, type LabOptions, type Outcome, pause } from './campaign.ts';
import { type Group, withGroup } from './group.ts';
import { postgresStore } from './lab-store.ts';
import { createRandom, type Random } from './random.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const troublesPerLane = 50;
/** So that what is under way stays a load and does not become a flood: each trouble opens three incidents. */
const troublesBetweenRests = 5;
const recoverWithinMs = 10_000;
const longestAwayMs = 3000;

export const connectionsCut: LabCampaign = {
  id: 'R14',
  title: 'connections to the database cut in the middle, every tenth time with the database away for seconds',
  engines: ['postgres'],
  runs: { lab: 200, subset: 5 },
  async run(options) {
    const lanes = Math.ceil(options.runs / troublesPerLane);
    let done = 0;
    const results = await inLanes(
      Array.from({ length: lanes }, (_, lane) => async () => {
        const troubles = Math.floor(options.runs / lanes) + (lane < options.runs % lanes ? 1 : 0);
        const result = await cutOff(`cut-${lane}`, troubles, createRandom(options.seed + lane), options);
        done += troubles;
        options.progress(`${done} of ${options.runs} times cut off`);
        return result;
      }),
      options.parallel,
    );
    const outcome = emptyOutcome();
    outcome.runs = results.reduce((sum, { runs }) => sum + runs, 0);
    outcome.failures = results.flatMap(({ failures }) => failures);
    const slowest = Math.max(0, ...results.map(({ measured }) => Number(measured.slowest)));
    outcome.measured['alerts taken again after, longest s'] = Math.round(slowest / 10) / 100;
    return outcome;
  },
};

async function cutOff(name: string, troubles: number, random: Random, options: LabOptions): Promise<Outcome> {
  const outcome = emptyOutcome();
  const server = new URL(options.serverUrl ?? '');
  const proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) });
  const through = new URL(server.href);
  through.hostname = '127.0.0.1';
  through.port = String(proxy.port);
  let slowest = 0;
  try {
    const store = await postgresStore(server.href, name, through.href);
    await withGroup({ name, incidents: 3 * troubles, store }, options, async (group) => {
      const replica = await group.start();
      for (let trouble = 0; trouble < troubles; trouble += 1) {
        await group.deliver(group.open(random.next() < 0.7 ? 'cured' : 'worse').body);
        await pause(random.below(900));
        await trip(group, proxy, random.below(10), trouble % 10 === 9 ? 500 + random.below(longestAwayMs) : 0);
        const tookMs = await group.deliver(group.open().body);
        slowest = Math.max(slowest, tookMs);
        if (tookMs > recoverWithinMs) group.failures.push(`alerts were taken again only after ${tookMs} ms`);
        outcome.runs += 1;
        if (replica.end()) break;
        if (trouble % troublesBetweenRests === troublesBetweenRests - 1) await group.rest();
      }
      await group.rest();
      // A database that is away is worth an error in the log.
      await group.stopAll({ mayComplain: true });
      await group.judge({ mayEscalate: true });
      outcome.failures.push(...group.failures);
    });
  } finally {
    await proxy.close();
  }
  outcome.measured.slowest = slowest;
  return outcome;
}

/** Cuts while an alert is on its way, so that the cut falls into a write. */
async function trip(group: Group, proxy: TcpProxy, afterMs: number, awayMs: number): Promise<void> {
  const { cluster, body } = group.open();
  const posted = group.replicas[0]?.post(body);
  await pause(afterMs);
  proxy.down = awayMs > 0;
  proxy.cut();
  const status = (await posted) ?? 0;
  if (status !== 202 && status !== 503) group.failures.push(`${cluster}: a webhook was answered ${status} while the database was away`);
  await pause(awayMs);
  proxy.down = false;
  if (status !== 202) await group.deliver(body);
}

const restarts = { lab: 20, subset: 1 };

export const databaseRestarted: LabCampaign = {
  id: 'R14',
  title: 'the database is killed and started again under load',
  engines: ['postgres'],
  runs: restarts,
  async run(options) {
    const outcome = emptyOutcome();
    const { restartServer } = options;
    if (!restartServer) return { ...outcome, failures: ['this PostgreSQL cannot be restarted from here'] };
    let slowest = 0;
    await withGroup({ name: 'restarted', incidents: 4 * options.runs }, options, async (group) => {
      await Promise.all([group.start(), group.start()]);
      for (let restart = 0; restart < options.runs; restart += 1) {
        for (const nature of ['cured', 'worse', 'cured'] as const) await group.deliver(group.open(nature).body);
        await restartServer();
        const tookMs = await group.deliver(group.open().body);
        slowest = Math.max(slowest, tookMs);
        if (tookMs > recoverWithinMs) group.failures.push(`alerts were taken again only after ${tookMs} ms`);
        outcome.runs += 1;
        options.progress(`${outcome.runs} of ${options.runs} restarts`);
      }
      await group.rest();
      await group.stopAll({ mayComplain: true });
      await group.judge({ mayEscalate: true });
      outcome.failures.push(...group.failures);
    });
    outcome.measured['alerts taken again after, longest s'] = Math.round(slowest / 10) / 100;
    return outcome;
  },
};
