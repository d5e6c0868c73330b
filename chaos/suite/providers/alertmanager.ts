/** Alerts nobody measured: posted to Alertmanager as a rule of somebody else's Prometheus would post them. */
import { z } from 'zod';
import { pause } from '../../stage/pause.ts';
import { action, type ProviderModule } from './provider.ts';

const Texts = z.record(z.string(), z.string()).default({});

const Post = z.strictObject({
  alert: z.string().regex(/^[A-Z][A-Za-z]+$/, 'as alert rules are named'),
  service: z.string().min(1),
  severity: z.enum(['critical', 'warning']).default('critical'),
  labels: Texts,
  annotations: Texts,
  /** It fires so long, and is resolved then. */
  seconds: z.number().positive().max(300),
  /** Seconds it fires and is resolved in turn, until all of them are over; the method goes on only then. */
  flaps: z.strictObject({ on: z.number().positive(), off: z.number().positive() }).optional(),
});
type Post = z.infer<typeof Post>;

/** Alertmanager forgets what is not posted again. */
const againEveryMs = 1_000;

const post = action({
  arguments: Post,
  // It strikes no service; it only talks about one.
  strikes: () => [],
  scope: 'each-cluster',
  async run({ seconds, flaps, ...alert }: Post, { stage, cluster, signal }) {
    const { alertmanagerUrl } = stage;
    if (alertmanagerUrl === undefined) throw new Error('this stage has no Alertmanager that alerts can be posted to');
    const labels = {
      ...alert.labels,
      alertname: alert.alert,
      severity: alert.severity,
      ecs_cluster: cluster.control.cluster,
      ecs_service: alert.service,
    };
    const tell = (startsAt: Date, endsAt: Date | undefined) =>
      postAlert(alertmanagerUrl, { labels, annotations: alert.annotations, startsAt, endsAt });
    let firingSince: Date | undefined;
    const resolve = async () => {
      if (firingSince) await tell(firingSince, new Date());
      firingSince = undefined;
    };
    const fire = async (forSeconds: number) => {
      const since = new Date();
      firingSince = since;
      for (const until = Date.now() + stage.seconds(forSeconds); Date.now() < until; ) {
        await tell(since, undefined);
        await pause(Math.max(0, Math.min(againEveryMs, until - Date.now())), signal);
      }
      await resolve();
    };
    if (flaps === undefined) {
      fire(seconds).catch(() => undefined);
      return resolve;
    }
    for (const until = Date.now() + stage.seconds(seconds); Date.now() < until; ) {
      await fire(flaps.on);
      await pause(stage.seconds(flaps.off), signal);
    }
    return resolve;
  },
});

export const alertmanager: ProviderModule = { name: 'alertmanager', actions: { post }, probes: {} };

interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: Date;
  endsAt: Date | undefined;
}

async function postAlert(url: string, alert: Alert): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
}
