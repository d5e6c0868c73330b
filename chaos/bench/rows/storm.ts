/** A storm: 2,000 open connections, 10,000 bodies over them, and one body of 10,000 alerts in the middle of it. */
import { type Bench, checkStore, until } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { notificationBody, seriesOf } from '../load/bodies.ts';
import { memoryMiB } from '../machine.ts';
import { type Agent, cluster } from '../programs.ts';

const bodies = 10_000;
const openConnections = 2_000;
/** Each look begins the lag's histogram anew, so the worst of them counts; the first covers the storm itself. */
const lookEveryMs = 5_000;

export const storm = {
  id: 'storm',
  title: 'a storm',
  async run(bench: Bench): Promise<Figure[]> {
    const refusedShare: number[] = [];
    const lost: number[] = [];
    const resident: number[] = [];
    const lagMs: number[] = [];
    const seconds: number[] = [];
    const invalid: string[] = [];
    for (let round = 1; round <= bench.rounds; round += 1) {
      const agent = await bench.agent();
      // The lag's histogram starts anew with each scrape.
      await agent.metrics();
      const fleet = { cluster, services: 200, alertNames: bodies / 200, prefix: 'Storm' };
      const giant = postGiant(agent);
      const workload = { kind: 'once', alerts: 1 } as const;
      const result = await bench.load({
        target: agent.target,
        fleet,
        workload,
        connections: openConnections,
        warmUpMs: 0,
        windowMs: 120_000,
        seed: round,
      });
      const giantStatus = await giant;
      const lags: number[] = [];
      const isSorted = async () => {
        const page = await agent.metrics();
        lags.push((page.get('nodejs_eventloop_lag_p99_seconds') ?? Number.NaN) * 1000);
        return page.get('kintsugi_notifications{status="waiting"}') === 0;
      };
      const sorted = await until(isSorted, 180_000, lookEveryMs);
      lagMs.push(Math.max(...lags));
      resident.push(memoryMiB(agent.pid).peak);
      await agent.kill();
      const check = await checkStore(bench, agent.storePath, result.acknowledged);
      const all = bodies + 1;
      const accepted = result.accepted + (giantStatus >= 200 && giantStatus < 300 ? 1 : 0);
      refusedShare.push((100 * accepted) / all);
      lost.push(check.missing);
      seconds.push(result.seconds);
      if (sorted === null) invalid.push(`round ${round}: not sorted within 180 s`);
      bench.say(
        `storm ${round}: ${accepted} of ${all} accepted in ${result.seconds.toFixed(1)} s, ${check.missing} lost, ${resident.at(-1)?.toFixed(0)} MiB, lag p99 ${lagMs.at(-1)?.toFixed(0)} ms`,
      );
    }
    const common = { floor: null, invalid, notes: [] };
    return [
      {
        ...common,
        id: 'storm-accepted',
        title: 'storm: answers of 2xx',
        unit: '%',
        product: { name: `${bodies} bodies and one of 10,000 alerts, ${openConnections} open connections`, values: refusedShare },
        goal: { compare: 'at least', value: 100 },
      },
      {
        ...common,
        id: 'storm-lost',
        title: 'storm: acknowledged and not in the store',
        unit: '',
        product: { name: 'looked for after kill -9', values: lost },
        goal: { compare: 'at most', value: 0 },
      },
      {
        ...common,
        id: 'storm-memory',
        title: 'storm: most memory ever resident',
        unit: 'MiB',
        product: { name: 'VmHWM', values: resident },
        goal: { compare: 'at most', value: 512 },
      },
      {
        ...common,
        id: 'storm-lag',
        title: 'storm: event-loop lag p99',
        unit: 'ms',
        product: {
          name: 'nodejs_eventloop_lag_p99_seconds from the first connection until all is sorted, the worst of the looks',
          values: lagMs,
        },
        goal: { compare: 'at most', value: 200 },
      },
      {
        ...common,
        id: 'storm-seconds',
        title: 'storm: until all were acknowledged',
        unit: 's',
        product: { name: 'from the first body', values: seconds },
        goal: null,
      },
    ];
  },
};

/** 10,000 alerts in one group, as short as Alertmanager sends them when nobody wrote annotations: about 5 MB. */
async function postGiant({ target }: Agent): Promise<number> {
  const series = seriesOf({ cluster, services: 200, alertNames: 50, prefix: 'Giant' });
  const notification = JSON.parse(notificationBody(cluster, series)) as { alerts: object[] };
  const body = JSON.stringify({
    ...notification,
    alerts: notification.alerts.map((alert) => ({ ...alert, annotations: {}, generatorURL: '' })),
  });
  const answer = await fetch(`http://${target.host}:${target.port}${target.path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}
