import fc from 'fast-check';
import { campaign } from '../../testing/campaign.ts';
import { type LookedAfterWebhook, periodSeconds, startLookedAfterWebhook } from '../../testing/looked-after-webhook.ts';

const services = Array.from({ length: 30 }, (_, n) => `svc-${n}`);

/** One group of alerts: who fires at first, how many are told of, who resolves and who joins afterwards; the webhook may be lost. */
const group = fc.record({
  members: fc.uniqueArray(fc.nat({ max: services.length - 1 }), { minLength: 2, maxLength: services.length }),
  routes: fc.integer({ min: 1, max: 3 }),
  maxAlerts: fc.integer({ min: 1, max: 6 }),
  isLost: fc.boolean(),
  resolves: fc.array(fc.nat({ max: services.length - 1 }), { maxLength: 8 }),
  joins: fc.array(fc.nat({ max: services.length - 1 }), { maxLength: 8 }),
});
type Group = typeof group extends fc.Arbitrary<infer Value> ? Value : never;

const labelsOf = (index: number, member: number, route: number) => ({
  alertname: `Alert${index}`,
  ecs_cluster: 'shop',
  ecs_service: `svc-${member}`,
  route: `/r${route}`,
});

function each(index: number, group: Group, members: readonly number[], what: (labels: Record<string, string>) => void): void {
  for (const member of new Set(members)) for (let route = 0; route < group.routes; route += 1) what(labelsOf(index, member, route));
}

/** Every member has a row in an open incident of its own name and service; nothing else is open, and nothing closed. */
async function expectAllFound(agent: LookedAfterWebhook, expected: ReadonlySet<string>): Promise<void> {
  const incidents = await agent.incidents.list({ limit: 10_000 });
  const closed = incidents.filter((one) => one.status === 'closed' || one.resolvedAt !== null);
  if (closed.length > 0) throw new Error(`${closed.length} incidents were closed or called resolved by absence`);
  const open = new Map(incidents.map((one) => [one.id, one]));
  const found = new Set<string>();
  for (const row of await agent.incidents.alerts({ limit: 100_000 })) {
    const incident = row.incidentId ? open.get(row.incidentId) : undefined;
    if (incident?.alertName !== row.labels.alertname || incident?.resource.service !== row.labels.ecs_service) {
      throw new Error(`row ${row.id} of ${JSON.stringify(row.labels)} stands in the wrong place: ${row.reason}`);
    }
    found.add(JSON.stringify(row.labels));
  }
  const missing = [...expected].filter((labels) => !found.has(labels));
  if (missing.length > 0) throw new Error(`${missing.length} of ${expected.size} members were not found: ${missing[0]}`);
  const keys = new Set([...expected].map((text) => text.replace(/"route":"[^"]*"/, '')));
  if (incidents.length !== keys.size) throw new Error(`${incidents.length} incidents for ${keys.size} alerts and services`);
}

campaign(
  {
    id: 'R7',
    title: 'a notification cut by max_alerts, or lost: every member is found by looking, and absence closes nothing',
    store: 'sqlite',
    runs: { ci: 20, lab: 200 },
  },
  async (run) => {
    let members = 0;
    for (const [n, groups] of run.sample(fc.array(group, { minLength: 1, maxLength: 4 }), run.runs).entries()) {
      await run.attempt(`case ${n}`, async () => {
        const agent = await startLookedAfterWebhook(services);
        try {
          const expected = new Set<string>();
          const fire = (labels: Record<string, string>) => {
            agent.alertmanager.fire(labels, agent.clock.now());
            expected.add(JSON.stringify(labels));
          };
          const tell = async ({ maxAlerts, isLost }: Group, index: number) => {
            const body = agent.alertmanager.notification(`Alert${index}`, maxAlerts);
            if (!isLost && body) await agent.post(body);
          };
          for (const [index, one] of groups.entries()) {
            each(index, one, one.members, fire);
            await tell(one, index);
          }
          // Seconds when a cut notification said so, a period when none came.
          await agent.passes(groups.some(({ isLost }) => isLost) ? periodSeconds + 5 : 5);
          await expectAllFound(agent, expected);
          for (const [index, one] of groups.entries()) {
            each(index, one, one.resolves, (labels) => agent.alertmanager.resolve(labels));
            each(index, one, one.joins, fire);
            await tell(one, index);
          }
          agent.alertmanager.update(agent.clock.now());
          await agent.passes(2 * periodSeconds);
          await expectAllFound(agent, expected);
          members += expected.size;
        } finally {
          await agent.stop();
        }
      });
    }
    run.measure('members', members);
  },
);
