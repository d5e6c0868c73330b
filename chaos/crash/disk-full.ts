/**
 * R13: the disk is full for the agent's process, at a random moment and for a while. The kernel refuses every write that would reach past
 * a size (`prlimit --fsize`), which needs no rights of its own; SQLite sees the same failing write as on a full disk, but under another
 * name (EFBIG, not ENOSPC).
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { emptyOutcome, inLanes, type LabCampaign, type LabOptions, type Outcome, pause } from './campaign.ts';
import { withGroup } from './group.ts';
import { createRandom, type Random } from './random.ts';

const run = promisify(execFile);
const fillsPerLane = 50;
const recoverWithinMs = 10_000;

export const diskFull: LabCampaign = {
  id: 'R13',
  title: 'the disk is full for a while in the middle of runs',
  engines: ['sqlite'],
  runs: { lab: 200, subset: 5 },
  async run(options) {
    const lanes = Math.ceil(options.runs / fillsPerLane);
    let done = 0;
    const results = await inLanes(
      Array.from({ length: lanes }, (_, lane) => async () => {
        const fills = Math.floor(options.runs / lanes) + (lane < options.runs % lanes ? 1 : 0);
        const result = await fillDisk(`full-${lane}`, fills, createRandom(options.seed + lane), options);
        done += fills;
        options.progress(`${done} of ${options.runs} times full`);
        return result;
      }),
      options.parallel,
    );
    const outcome = emptyOutcome();
    outcome.runs = results.reduce((sum, { runs }) => sum + runs, 0);
    outcome.failures = results.flatMap(({ failures }) => failures);
    for (const name of ['answered 503', 'handed to a person']) {
      outcome.measured[name] = results.reduce((sum, { measured }) => sum + Number(measured[name]), 0);
    }
    outcome.measured['alerts taken again after, longest s'] = Math.max(...results.map(({ measured }) => Number(measured.slowest))) / 1000;
    if (outcome.measured['answered 503'] === 0) outcome.failures.push('the disk was never full: no webhook was refused');
    return outcome;
  },
};

async function fillDisk(name: string, fills: number, random: Random, options: LabOptions): Promise<Outcome> {
  const outcome = emptyOutcome();
  let refused = 0;
  let slowest = 0;
  await withGroup({ name, incidents: 2 * fills }, options, async (group) => {
    const replica = await group.start();
    for (let fill = 0; fill < fills && !replica.end(); fill += 1) {
      await group.deliver(group.open(random.next() < 0.7 ? 'cured' : 'worse').body);
      await pause(random.below(900));
      // Nothing at all may be written, or only what an old log file has room for: then a write fails in its middle.
      await limitWrites(replica.pid, random.next() < 0.5 ? '0' : String(4096 * random.below(40)));
      const { cluster, body } = group.open();
      const status = await replica.post(body);
      if (status === 503) refused += 1;
      else if (status !== 202) group.failures.push(`${cluster}: a webhook was answered ${status} while the disk was full`);
      await pause(100 + random.below(400));
      if (!replica.end()) await limitWrites(replica.pid, 'unlimited');
      if (status !== 202) {
        const tookMs = await group.deliver(body);
        slowest = Math.max(slowest, tookMs);
        if (tookMs > recoverWithinMs) group.failures.push(`alerts were taken again only after ${tookMs} ms`);
      }
      outcome.runs += 1;
    }
    if (replica.end()) group.failures.push(`the agent ended on a full disk: ${replica.complaints.at(-1) ?? ''}`);
    else await group.rest();
    await group.stopAll({ mayComplain: true });
    const { incidents } = await group.judge({ mayEscalate: true });
    outcome.measured['handed to a person'] = incidents.filter(
      (row) => row.outcome === 'escalated' && group.expected.get(row.cluster) === 'cured',
    ).length;
    outcome.failures.push(...group.failures);
  });
  outcome.measured['answered 503'] = refused;
  outcome.measured.slowest = slowest;
  return outcome;
}

/** The soft limit only: the hard one stays, so that it can be lifted again. */
async function limitWrites(pid: number, bytes: string): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
