/**
 * R5: what is said about one alert and service, in any order, with repeats, late copies and cut groups, through the real door, memory,
 * sorter and store, ends as a small model says. The model knows what was sent and nothing of how it is kept.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaign } from '../testing/campaign.ts';
import { engines } from '../testing/engines.ts';
import { startWebhook, type WebhookServer } from '../testing/webhook-server.ts';

/** Times are minutes since the beginning. */
interface Said {
  member: 0 | 1;
  status: 'firing' | 'resolved';
  startsAt: number;
  endsAt: number;
}

type Step =
  | { kind: 'notify'; said: Said[]; cut: number; copies: number }
  /** The bytes of an earlier notification once more, as a slow second Alertmanager sends them. */
  | { kind: 'again'; which: number; copies: number }
  | { kind: 'close' }
  | { kind: 'wait'; seconds: number };

const minute = fc.integer({ min: 0, max: 5 });
const said: fc.Arbitrary<Said> = fc.record({
  member: fc.constantFrom(0, 1),
  status: fc.constantFrom('firing', 'firing', 'resolved'),
  startsAt: minute,
  endsAt: minute,
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('notify' as const),
        said: fc.uniqueArray(said, { minLength: 1, maxLength: 2, selector: ({ member }) => member }),
        cut: fc.constantFrom(0, 0, 7),
        copies: fc.constantFrom(1, 1, 2, 5),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(20), copies: fc.constantFrom(1, 3) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'close' as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(2, 70) }) },
  ),
  { minLength: 1, maxLength: 12 },
);

interface ModelIncident {
  isOpen: boolean;
  firings: number;
  heard: Said[];
}

/** Every delivery counts, and nothing but an incident's own close ends it. */
class Model {
  readonly incidents: ModelIncident[] = [];
  deliveries = 0;
  resolutions = 0;

  hear(all: readonly Said[]): void {
    for (const one of all) {
      this.deliveries += 1;
      let open = this.incidents.find((incident) => incident.isOpen);
      if (one.status === 'resolved') {
        this.resolutions += 1;
        open?.heard.push(one);
        continue;
      }
      if (!open) {
        open = { isOpen: true, firings: 0, heard: [] };
        this.incidents.push(open);
      }
      open.firings += 1;
      open.heard.push(one);
    }
  }

  close(): void {
    for (const incident of this.incidents) incident.isOpen = false;
  }

  /** Whether each firing was followed by a resolution of the same alert that does not end before it began. */
  static isSaidToBeOver({ heard }: ModelIncident): boolean {
    return heard.every(
      (firing, at) =>
        firing.status === 'resolved' ||
        heard
          .slice(at + 1)
          .some((later) => later.status === 'resolved' && later.member === firing.member && later.endsAt >= firing.startsAt),
    );
  }
}

const began = Date.parse('2026-11-21T06:00:00.000Z');
const time = (minutes: number) => new Date(began + minutes * 60_000).toISOString();

function bodyOf(service: string, all: readonly Said[], cut: number): string {
  const alerts = all.map(({ member, status, startsAt, endsAt }) => ({
    status,
    labels: { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: service, instance: `i${member}` },
    annotations: {},
    startsAt: time(startsAt),
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : time(endsAt),
    generatorURL: '',
    fingerprint: `${service}-${member}`,
  }));
  const status = all.some((one) => one.status === 'firing') ? 'firing' : 'resolved';
  const head = { version: '4', groupKey: '{}', status, receiver: 'kintsugi', truncatedAlerts: cut, externalURL: '' };
  return JSON.stringify({ ...head, alerts });
}

async function play(webhook: WebhookServer, service: string, all: readonly Step[]): Promise<Model> {
  const model = new Model();
  const sent: { body: string; said: Said[] }[] = [];
  const deliver = async (body: string, words: Said[], copies: number) => {
    const answers = await Promise.all(Array.from({ length: copies }, () => webhook.send(body)));
    for (const { status } of answers) expect(status).toBe(202);
    for (let copy = 0; copy < copies; copy += 1) model.hear(words);
  };
  for (const step of all) {
    await webhook.clock.advance(10);
    if (step.kind === 'notify') {
      const body = bodyOf(service, step.said, step.cut);
      sent.push({ body, said: step.said });
      await deliver(body, step.said, step.copies);
    } else if (step.kind === 'again') {
      const earlier = sent[step.which % Math.max(1, sent.length)];
      if (earlier) await deliver(earlier.body, earlier.said, step.copies);
    } else if (step.kind === 'wait') await webhook.clock.advance(step.seconds * 1000);
    else {
      await webhook.sorted();
      await close(webhook, service);
      model.close();
    }
  }
  await restOf(webhook, service, model);
  return model;
}

/** Copies are counted on disk a moment later, and what fires anew by them is sorted then. */
async function restOf(webhook: WebhookServer, service: string, model: Model): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    await webhook.clock.advance(1500);
    await webhook.sorted();
    const { rows, counted } = await read(webhook, service);
    if (counted(rows) === model.deliveries) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function read({ store }: WebhookServer, service: string) {
  const fingerprints = [`${service}-0`, `${service}-1`];
  // The rows of the sequence are the youngest: without the limit each look would read the whole table.
  const youngest = store.db.selectFrom('alert').selectAll().orderBy('id', 'desc').limit(400);
  const rows = (await youngest.execute()).filter((row) => fingerprints.includes(row.fingerprint)).reverse();
  const numbers = [...new Set(rows.flatMap((row) => row.notification ?? []))];
  const found = numbers.length === 0 ? [] : await store.db.selectFrom('notification').selectAll().where('seq', 'in', numbers).execute();
  const copies = new Map(found.map((row) => [row.seq, row.copies]));
  const counted = (some: typeof rows) => some.reduce((sum, row) => sum + 1 + (copies.get(row.notification ?? 0) ?? 0), 0);
  return { rows, found, counted };
}

async function close({ store, intake, clock }: WebhookServer, service: string): Promise<void> {
  const open = await store.db.selectFrom('incident').select('id').where('service', '=', service).where('status', '<>', 'closed').execute();
  for (const { id } of open) {
    // The composition root sees to it that the intake hears of a close before it happens.
    intake.closes(id);
    const closed = { status: 'closed' as const, outcome: 'escalated' as const, closed_at: clock.now().toISOString() };
    await store.db.updateTable('incident').set(closed).where('id', '=', id).execute();
  }
}

async function expectAs(model: Model, webhook: WebhookServer, service: string): Promise<void> {
  const incidents = await webhook.store.db.selectFrom('incident').selectAll().where('service', '=', service).execute();
  // In the order in which they were opened; ids count up.
  incidents.sort((one, other) => Number(one.id.split('-')[1]) - Number(other.id.split('-')[1]));
  const { rows, found, counted } = await read(webhook, service);
  expect(found.map(({ status, fault }) => ({ status, fault })).filter(({ status }) => status !== 'sorted')).toEqual([]);
  expect(counted(rows), 'every delivery is a row, or a copy that was counted').toBe(model.deliveries);
  expect(incidents.map((incident) => ({ isOpen: incident.status !== 'closed', isSaidToBeOver: incident.resolved_at !== null }))).toEqual(
    model.incidents.map((incident) => ({ isOpen: incident.isOpen, isSaidToBeOver: Model.isSaidToBeOver(incident) })),
  );
  // A copy that came with a close is counted with the notification it repeats: all together they are as many as were sent.
  expect(counted(rows.filter((row) => row.status === 'firing'))).toBe(model.incidents.reduce((sum, { firings }) => sum + firings, 0));
  for (const incident of incidents) {
    const own = rows.filter((row) => row.incident_id === incident.id);
    expect(own.filter((row) => row.disposition === 'opened')).toHaveLength(1);
    expect(incident.firings).toBe(own.filter((row) => row.status === 'firing').length);
  }
  const resolutions = rows.filter((row) => row.status === 'resolved');
  expect(counted(resolutions)).toBe(model.resolutions);
  expect(resolutions.every((row) => row.disposition === 'resolved')).toBe(true);
  expect(rows.filter((row) => row.incident_id === null && row.status === 'firing')).toEqual([]);
}

describe.each(engines)('on %s', (engine) => {
  let webhook: WebhookServer;
  beforeAll(async () => {
    webhook = await startWebhook({ inventory: { services: async () => null } }, { engine });
  });
  afterAll(() => webhook.stop());
  let sequence = 0;

  async function holds(all: readonly Step[]): Promise<void> {
    sequence += 1;
    const service = `s${sequence}`;
    await expectAs(await play(webhook, service, all), webhook, service);
  }

  campaign(
    {
      id: 'R5',
      title: 'any order of firing, resolved, repeats, late copies and cut groups for one key ends as the model says',
      store: engine,
      runs: { ci: engine === 'sqlite' ? 400 : 40, lab: 10_000 },
    },
    async (run) => {
      await run.check(fc.asyncProperty(steps, holds));
      expect((await webhook.trail.verify()).brokenAt).toBeNull();
    },
  );

  it('a close is what ends an incident, and a resolution nobody waits for is harmless', async () => {
    const fires: Said = { member: 0, status: 'firing', startsAt: 1, endsAt: 0 };
    const over: Said = { ...fires, status: 'resolved', endsAt: 2 };
    const notify = (one: Said): Step => ({ kind: 'notify', said: [one], cut: 0, copies: 1 });
    await holds([notify(over), notify(fires), notify(over), { kind: 'close' }, notify(over), notify(fires)]);
    const service = `s${sequence}`;
    const incidents = webhook.store.db.selectFrom('incident').select(['status', 'resolved_at']).where('service', '=', service);
    const rows = await incidents.orderBy('opened_at').execute();
    expect(rows.map((row) => [row.status, row.resolved_at !== null])).toEqual([
      ['closed', true],
      ['open', false],
    ]);
  });
});
