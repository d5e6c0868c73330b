/** R15: the same incident to several replicas in the same moment, and an owner that is stopped past its lease and then goes on. */
import { emptyOutcome, inLanes, type LabCampaign, type LabOptions, type Outcome, pause, until } from './campaign.ts';
import { type Group, withGroup } from './group.ts';
import { moments } from './moments.ts';
import { createRandom, type Random } from './random.ts';
import type { Replica } from './replica.ts';

const incidentsPerBatch = 25;

export const sameIncident: LabCampaign = {
  id: 'R15',
  title: 'the same incident to two and to five replicas in the same moment',
  engines: ['postgres'],
  runs: { lab: 1000, subset: 20 },
  async run(options) {
    const outcome = emptyOutcome();
    for (const count of [2, 5]) {
      const incidents = Math.ceil(options.runs / 2);
      await withGroup({ name: `same-${count}`, incidents }, options, async (group) => {
        for (let started = 0; started < count; started += 1) await group.start();
        for (let opened = 0; opened < incidents; opened += incidentsPerBatch) {
          const batch = Array.from({ length: Math.min(incidentsPerBatch, incidents - opened) }, () => group.open());
          await Promise.all(batch.map(({ body }) => sendToAll(group, body)));
          await group.rest();
          options.progress(`${count} replicas: ${opened + batch.length} of ${incidents} incidents`);
        }
        await group.stopAll();
        const { incidents: rows } = await group.judge();
        outcome.measured[`claims per incident, ${count} replicas`] = mean(rows.map((row) => Number(row.fencing_token)));
        outcome.runs += rows.length;
        outcome.failures.push(...group.failures);
      });
    }
    return outcome;
  },
};

async function sendToAll(group: Group, body: string): Promise<void> {
  const answers = await Promise.all(group.replicas.map((replica) => replica.post(body)));
  const other = answers.filter((status) => status !== 202);
  if (other.length > 0) group.failures.push(`a replica answered ${other.join(', ')} to a webhook`);
}

/** Where an owner is stopped: wherever a run comes by, and now and then wherever the process happens to be. */
const places = moments.filter(({ name, trouble }) => !name.startsWith('receive.') && trouble !== 'asked');
const leaseSeconds = 1;
const stopsPerLane = 50;

export const stoppedOwner: LabCampaign = {
  id: 'R15',
  title: 'the owner is stopped past its lease, another takes over, the owner goes on',
  engines: ['postgres'],
  runs: { lab: 300, subset: 6 },
  async run(options) {
    const lanes = Math.ceil(options.runs / stopsPerLane);
    let done = 0;
    const results = await inLanes(
      Array.from({ length: lanes }, (_, lane) => async () => {
        const stops = Math.floor(options.runs / lanes) + (lane < options.runs % lanes ? 1 : 0);
        const result = await stopOwners(`stopped-${lane}`, stops, createRandom(options.seed + lane), options);
        done += stops;
        options.progress(`${done} of ${options.runs} owners stopped`);
        return result;
      }),
      options.parallel,
    );
    return joined(results);
  },
};

async function stopOwners(name: string, stops: number, random: Random, options: LabOptions): Promise<Outcome> {
  const outcome = emptyOutcome();
  const settings = { KINTSUGI_RUN_LEASE_SECONDS: String(leaseSeconds) };
  await withGroup({ name, incidents: stops, settings }, options, async (group) => {
    await Promise.all([group.start(), group.start()]);
    let takenOver = 0;
    for (let stop = 0; stop < stops; stop += 1) {
      const place = places[random.below(places.length)];
      const { cluster, body } = group.open(place?.trouble === 'worse' ? 'worse' : 'cured');
      const isNamed = random.next() < 0.75;
      if (place && isNamed) await Promise.all(group.replicas.map((one) => one.arm({ moment: place.name, cluster, signal: 'SIGSTOP' })));
      await group.deliver(body);
      const owner = isNamed ? await ownerStoppedAt(group, cluster) : await stopSomebody(group, cluster, random);
      if (!owner) {
        group.failures.push(`${cluster}: nobody came by ${place?.name}`);
        continue;
      }
      await Promise.all(group.replicas.filter((one) => one !== owner).map((one) => one.disarm()));
      // Sometimes it comes back to a closed incident, sometimes into the middle of the other's work.
      if (random.next() < 0.7) {
        const heldUnder = await tokenOf(group, cluster);
        const isClosed = await until(() => closedIn(group, cluster), 30_000);
        if (!isClosed) group.failures.push(`${cluster}: nobody finished what a stopped owner held (stopped at ${place?.name})`);
        const before = await finalTraceOf(group, cluster);
        // Who is stopped after it closed its incident has nobody to come after it, and may end its run.
        const isTakenOver = (await tokenOf(group, cluster)) > heldUnder;
        owner.signal('SIGCONT');
        await settled(owner);
        const late = differences(before, await traceOf(group, cluster));
        if (isTakenOver) takenOver += 1;
        for (const table of isTakenOver ? late : []) {
          group.failures.push(`${cluster}: ${table} changed by a late owner (stopped at ${place?.name})`);
        }
      } else {
        await pause(leaseSeconds * 1000 + random.below(1500));
        owner.signal('SIGCONT');
        await settled(owner);
      }
      outcome.runs += 1;
    }
    await group.rest();
    await group.stopAll();
    await group.judge();
    outcome.measured['finished by another before the owner went on'] = takenOver;
    outcome.failures.push(...group.failures);
  });
  return outcome;
}

async function ownerStoppedAt(group: Group, cluster: string): Promise<Replica | undefined> {
  const stopped = () => group.replicas.find((one) => one.reached.some((place) => place.cluster === cluster));
  await until(() => stopped() !== undefined, 15_000, 5);
  return stopped();
}

/** Whoever holds the incident's lease after a moment. */
async function stopSomebody(group: Group, cluster: string, random: Random): Promise<Replica> {
  await pause(random.below(700));
  const owner = group.replicas[random.below(group.replicas.length)];
  if (!owner) throw new Error(`no replica is left to stop for ${cluster}`);
  owner.signal('SIGSTOP');
  return owner;
}

async function closedIn(group: Group, cluster: string): Promise<boolean> {
  const rows = await group.store.rows<{ status: string }>(`select status from incident where cluster = '${cluster}'`);
  return rows.length > 0 && rows.every(({ status }) => status === 'closed');
}

/** Everything about an incident that a late owner could still change, as text by table. */
type Trace = Readonly<Record<string, string>>;

async function traceOf(group: Group, cluster: string): Promise<Trace> {
  const read = async (sql: string) => JSON.stringify(await group.store.rows(sql));
  const [incident] = await group.store.rows<{ id: string }>(`select id from incident where cluster = '${cluster}'`);
  const id = incident?.id ?? '';
  return {
    'the incident': await read(`select * from incident where id = '${id}'`),
    'the ledger': await read(`select * from action where incident_id = '${id}' order by seq`),
    checkpoints: await read(`select checkpoint_id from checkpoints where thread_id like '${id}@%' order by checkpoint_id`),
    evidence: await read(`select id from evidence where incident_id = '${id}' order by seq`),
    'the audit trail': await read(`select seq, event from audit where incident_id = '${id}' order by seq`),
  };
}

/** Grows with every owner. */
async function tokenOf(group: Group, cluster: string): Promise<number> {
  const [row] = await group.store.rows<{ fencing_token: number }>(`select fencing_token from incident where cluster = '${cluster}'`);
  return Number(row?.fencing_token ?? 0);
}

/** As the one who took over leaves it: the checkpoint after the closing is the last thing it writes. */
async function finalTraceOf(group: Group, cluster: string): Promise<Trace> {
  for (let before = await traceOf(group, cluster); ; ) {
    await pause(300);
    const after = await traceOf(group, cluster);
    if (differences(before, after).length === 0) return after;
    before = after;
  }
}

function differences(before: Trace, after: Trace): string[] {
  return Object.keys(before).filter((table) => before[table] !== after[table]);
}

/** The owner has had time to find out: whatever it was about to do is done or refused. */
async function settled(owner: Replica): Promise<void> {
  await until(async () => (await owner.get('/api/incidents?limit=1')) !== null, 10_000);
  await pause(400);
}

function joined(results: readonly Outcome[]): Outcome {
  const outcome = emptyOutcome();
  for (const { runs, failures, measured } of results) {
    outcome.runs += runs;
    outcome.failures.push(...failures);
    for (const [name, value] of Object.entries(measured)) {
      outcome.measured[name] = Number(outcome.measured[name] ?? 0) + Number(value);
    }
  }
  return outcome;
}

function mean(values: readonly number[]): number {
  return Math.round((100 * values.reduce((sum, value) => sum + value, 0)) / Math.max(1, values.length)) / 100;
}
