/**
 * R1, A3: the process is killed at every named moment, at moments nobody chose, and between a change and its verification; each incident
 * still ends as it should: with one effect that stays, or that is put back once.
 */
import { availableParallelism } from 'node:os';
import { inLanes, type LabCampaign, type LabOptions, type Outcome } from './campaign.ts';
import { type Death, type LaneResult, resumeWithinMs, runLane } from './lane.ts';
import { moments } from './moments.ts';
import { createRandom } from './random.ts';

const deathsPerLane = 50;
/**
 * At random moments most lives are too short to finish anything, so that all incidents of a lane are open together in the last one, each looked at a
 * hundred times as often as in production. More of them would measure load, which R6 does.
 */
const randomDeathsPerLane = 15;
const fewestPerLane = 10;
/** From before the process listens to after its fresh incident is closed, milliseconds. */
const randomWithinMs = 4500;

export const killAtMoments: LabCampaign = {
  id: 'R1',
  title: `kill -9 at ${moments.length} named moments`,
  engines: ['sqlite', 'postgres'],
  runs: { lab: 20, subset: 1 },
  async run(options) {
    const random = createRandom(options.seed);
    // Where time is short each store gets every other moment.
    const mine = moments.filter((_, index) => options.isLab || index % 2 === (options.engine === 'sqlite' ? 0 : 1));
    const times = <T>(list: readonly T[]) => Array.from({ length: options.runs }, () => random.shuffled(list)).flat();
    const deaths = (asked: boolean): Death[] =>
      times(mine.filter(({ trouble }) => (trouble === 'asked') === asked)).map((moment) => ({ moment }));
    const lanes = [...cut(deaths(false), options), ...cut(deaths(true), options)];
    const outcome = summary(await runLanes('named', lanes, options), options);
    outcome.notes.unshift(`${mine.length} moments × ${options.runs}`);
    return outcome;
  },
};

/** From the moment the cloud has made the change to the moment its verification is over. */
const unverified = new Set([
  'effect-made',
  'outcome-written',
  'remediation.done',
  'remediation.written',
  'remediation.checkpointed',
  'verification.entered',
  'verification.done',
]);

export const killBeforeVerified: LabCampaign = {
  id: 'A3',
  title: 'kill -9 between a change and the end of its verification',
  engines: ['sqlite', 'postgres'],
  runs: { lab: 10, subset: 1 },
  async run(options) {
    const random = createRandom(options.seed + 2);
    const deaths = moments
      .filter(({ name }) => unverified.has(name))
      .flatMap((moment) => (['cured', 'worse'] as const).map((trouble): Death => ({ moment: { ...moment, trouble } })));
    const times = Array.from({ length: options.runs }, () => random.shuffled(deaths)).flat();
    const outcome = summary(await runLanes('unverified', cut(times, options), options), options);
    outcome.notes.unshift(`${unverified.size} moments × a change that helps and one that does harm × ${options.runs}`);
    return outcome;
  },
};

export const killAtRandom: LabCampaign = {
  id: 'R1',
  title: 'kill -9 at random moments',
  engines: ['sqlite', 'postgres'],
  runs: { lab: 150, subset: 5 },
  async run(options) {
    const random = createRandom(options.seed + 1);
    const deaths = Array.from({ length: options.runs }, (): Death => {
      const trouble = random.next() < 0.7 ? 'cured' : 'worse';
      return { afterMs: 300 + random.below(randomWithinMs), trouble };
    });
    return summary(await runLanes('random', cut(deaths, options, randomDeathsPerLane), options), options);
  },
};

async function runLanes(kind: string, lanes: readonly Death[][], options: LabOptions): Promise<LaneResult[]> {
  let done = 0;
  let failed = 0;
  const total = lanes.flat().length;
  return inLanes(
    lanes.map((deaths, index) => async () => {
      const result = await runLane(`${kind}-${options.engine}-${index}`, deaths, options);
      done += deaths.length;
      failed += result.failures.length;
      for (const failure of result.failures) options.progress(failure);
      options.progress(`${done} of ${total} kills, ${failed} failures`);
      return result;
    }),
    options.parallel,
  );
}

function summary(results: readonly LaneResult[], { isLab }: LabOptions): Outcome {
  const resumed = results.flatMap((result) => result.resumed).sort((a, b) => a.afterMs - b.afterMs);
  const unreached = results.flatMap((result) => result.unreached);
  // How fast is judged where nothing else runs.
  const slow = isLab ? resumed.filter(({ afterMs }) => afterMs > resumeWithinMs) : [];
  return {
    runs: results.reduce((sum, { deaths }) => sum + deaths, 0),
    failures: [
      ...results.flatMap(({ failures }) => failures),
      ...unreached.map((moment) => `the moment ${moment} was not reached`),
      ...slow.map(({ cluster, afterMs }) => `${cluster}: taken up again only after ${afterMs} ms`),
    ],
    measured: {
      'interrupted incidents': resumed.length,
      'resumed after, median s': seconds(resumed[Math.floor(resumed.length / 2)]?.afterMs ?? 0),
      'resumed after, longest s': seconds(resumed.at(-1)?.afterMs ?? 0),
      'cores of the machine': availableParallelism(),
    },
    notes: [],
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}

function cut<T>(list: readonly T[], { parallel }: LabOptions, perLane = deathsPerLane): T[][] {
  const lanes = Math.max(Math.ceil(list.length / perLane), Math.min(parallel, Math.ceil(list.length / fewestPerLane)));
  return Array.from({ length: lanes }, (_, index) => list.filter((_, at) => at % lanes === index));
}
