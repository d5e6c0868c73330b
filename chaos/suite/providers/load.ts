/** What the users of the services do: more of them, other requests, fewer of them, and phones that hang up. Loopback only, as the load generator is. */
import { z } from 'zod';
import { sendHangUps } from '../../shop/load/hang-ups.ts';
import { startRequests } from '../../shop/load/requests.ts';
import { startShoppers } from '../../shop/load/shoppers.ts';
import type { UserView } from '../../stage/user-view.ts';
import { action, type ProviderModule, probe, type Scope } from './provider.ts';

const Service = z.string().min(1);
const Rate = z.number().positive().max(500);
/** Until the experiment ends where there are none. */
const Seconds = z.number().positive().max(600).optional();

/** The edge of the shop, where its users arrive. */
const edge = 'storefront';

const Surge = z.strictObject({
  /** Requests per second on top of what there are. */
  rate: Rate,
  seconds: Seconds,
  /** Everybody wants this one page; without it they do what shoppers do. */
  path: z.string().startsWith('/').optional(),
});
type Surge = z.infer<typeof Surge>;

const surge = action({
  arguments: Surge,
  strikes: () => [],
  scope: 'each-cluster',
  async run({ rate, seconds, path }: Surge, scope: Scope) {
    const { until, takeBack } = timeOf(scope, seconds);
    const common = { url: scope.cluster.control.urlOf(edge), rate, ...until };
    if (path === undefined) startShoppers({ ...common, seed: seedOf(scope) });
    else startRequests({ ...common, method: 'GET', path });
    return takeBack;
  },
});

const Requests = z.strictObject({
  service: Service,
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  /** `{n}` in it, and in texts of the body, counts up. */
  path: z.string().startsWith('/'),
  body: z.record(z.string(), z.json()).optional(),
  rate: Rate,
  seconds: Seconds,
});
type Requests = z.infer<typeof Requests>;

const requests = action({
  arguments: Requests,
  strikes: ({ service }: Requests) => [service],
  scope: 'each-cluster',
  async run({ service, seconds, ...request }: Requests, scope: Scope) {
    const { until, takeBack } = timeOf(scope, seconds);
    startRequests({ url: scope.cluster.control.urlOf(service), ...request, ...until });
    return takeBack;
  },
});

const HangUps = z.strictObject({ service: Service, count: z.int().min(1).max(2_000), overMs: z.int().min(0).max(120_000) });
type HangUps = z.infer<typeof HangUps>;

const hangUps = action({
  arguments: HangUps,
  strikes: ({ service }: HangUps) => [service],
  scope: 'each-cluster',
  async run({ service, count, overMs }: HangUps, { cluster, signal }) {
    await sendHangUps({ url: cluster.control.urlOf(service), count, overMs, signal });
    // What they left behind is mended by whoever starts the tasks afresh.
    return undefined;
  },
});

const Share = z.strictObject({ of: z.number().min(0.01).max(1), seconds: Seconds });
type Share = z.infer<typeof Share>;

const share = action({
  arguments: Share,
  strikes: () => [],
  scope: 'each-cluster',
  async run({ of, seconds }: Share, { cluster: { shoppers }, stage, signal }) {
    if (!shoppers) throw new Error('this stage has no shoppers of its own');
    const restore = (): void => shoppers.setRate(shoppers.usualRate);
    shoppers.setRate(of * shoppers.usualRate);
    const timer = seconds === undefined ? undefined : setTimeout(restore, stage.seconds(seconds));
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    return async () => restore();
  },
});

const OneService = z.strictObject({ service: Service });
type OneService = z.infer<typeof OneService>;

export const load: ProviderModule = {
  name: 'load',
  actions: { surge, requests, 'hang-ups': hangUps, share },
  probes: { 'error-ratio': reading('errorRatio'), 'latency-p95': reading('latencyP95') },
};

function reading(signal: keyof UserView) {
  return probe({
    arguments: OneService,
    read: async ({ service }: OneService, { cluster }) => (await cluster.userView(service))[signal],
  });
}

/** The same shoppers in every cluster, and none of those who are there already. */
function seedOf({ random }: Scope): number {
  return 1_000 + Math.floor(random() * 1_000_000);
}

/** A load ends when its time is over, when it is taken back, or with the experiment. */
function timeOf({ stage, signal }: Scope, seconds: number | undefined) {
  const over = new AbortController();
  const until = {
    signal: AbortSignal.any([signal, over.signal]),
    ...(seconds !== undefined && { durationMs: stage.seconds(seconds) }),
  };
  return { until, takeBack: async () => over.abort() };
}
