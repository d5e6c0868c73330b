/** R25: SIGTERM while alerts pour in and incidents are under way: the process ends in order and in time, and nothing is lost. */
import { emptyOutcome, inLanes, type LabCampaign, type LabOptions, type Outcome, pause } from './campaign.ts';
import { type Group, withGroup } from './group.ts';
import { createRandom, type Random } from './random.ts';
import type { Replica } from './replica.ts';

const stopsPerLane = 25;
const alertsPerStop = 6;
/** So that what is under way stays a load and does not become a flood. */
const stopsBetweenRests = 5;
const stopWithinMs = 25_000;

export const drainUnderLoad: LabCampaign = {
  id: 'R25',
  title: 'SIGTERM under load',
  engines: ['sqlite', 'postgres'],
  runs: { lab: 100, subset: 2 },
  async run(options) {
    const lanes = Math.ceil(options.runs / stopsPerLane);
    let done = 0;
    const results = await inLanes(
      Array.from({ length: lanes }, (_, lane) => async () => {
        const stops = Math.floor(options.runs / lanes) + (lane < options.runs % lanes ? 1 : 0);
        const result = await stopUnderLoad(`drain-${options.engine}-${lane}`, stops, createRandom(options.seed + lane), options);
        done += stops;
        options.progress(`${done} of ${options.runs} stops`);
        return result;
      }),
      options.parallel,
    );
    const outcome = emptyOutcome();
    outcome.runs = results.reduce((sum, { runs }) => sum + runs, 0);
    outcome.failures = results.flatMap(({ failures }) => failures);
    outcome.measured['stopped within, longest s'] = Math.max(...results.map(({ measured }) => Number(measured.slowest))) / 1000;
    return outcome;
  },
};

async function stopUnderLoad(name: string, stops: number, random: Random, options: LabOptions): Promise<Outcome> {
  const outcome = emptyOutcome();
  let slowest = 0;
  await withGroup({ name, incidents: stops * alertsPerStop }, options, async (group) => {
    const unanswered: string[] = [];
    for (let stop = 0; stop < stops; stop += 1) {
      const replica = await group.start();
      for (const body of unanswered.splice(0)) await group.deliver(body);
      const pouring = pour(group, replica, unanswered);
      await pause(random.below(1500));
      const tookMs = await group.stop(replica);
      slowest = Math.max(slowest, tookMs);
      if (tookMs > stopWithinMs) group.failures.push(`${replica.name} took ${tookMs} ms to stop`);
      await pouring;
      outcome.runs += 1;
      if (stop % stopsBetweenRests === 0) await restOnce(group, unanswered);
    }
    await restOnce(group, unanswered);
    await group.judge();
    outcome.failures.push(...group.failures);
  });
  outcome.measured.slowest = slowest;
  return outcome;
}

/** A life that nobody disturbs: what was left is taken up and brought to its end. */
async function restOnce(group: Group, unanswered: string[]): Promise<void> {
  await group.start();
  for (const body of unanswered.splice(0)) await group.deliver(body);
  await group.rest();
  await group.stopAll();
}

/** Alerts for as long as the process takes them; what it did not answer with 202 is sent again to the next. */
async function pour(group: Group, replica: Replica, unanswered: string[]): Promise<void> {
  for (let sent = 0; sent < alertsPerStop; sent += 1) {
    const { cluster, body } = group.open(sent % 4 === 3 ? 'worse' : 'cured');
    const status = replica.end() ? 0 : await replica.post(body);
    if (status !== 202) unanswered.push(body);
    if (status !== 202 && status !== 503 && status !== 0)
      group.failures.push(`${cluster}: a webhook was answered ${status} while stopping`);
    await pause(100);
  }
}
