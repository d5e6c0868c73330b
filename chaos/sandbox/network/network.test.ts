import { createServer, get, request, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, required, startLab, stopLab } from '../testing/lab.ts';
import { Balancer, type BalancerOptions } from './balancer.ts';
import { chunkDelayMs, isBlackholed } from './faults.ts';
import { type HealthRecord, judge } from './health-check.ts';

describe('a balancer', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  async function balancer(options: Partial<BalancerOptions> = {}): Promise<Balancer> {
    const made = await Balancer.listen({
      healthCheck: null,
      idleTimeoutMs: 5_000,
      deregistrationDelayMs: 5_000,
      onHealth: () => {},
      ...options,
    });
    open.push(made);
    return made;
  }

  async function target(handler: Parameters<typeof createServer>[1]): Promise<{ server: Server; port: number }> {
    const server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    open.push({ close: () => server.closeAllConnections() ?? server.close() });
    const address = server.address();
    return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
  }

  async function status(url: string): Promise<number> {
    return (await fetch(url)).status;
  }

  it('answers 503 without targets, 502 for a dead one and 504 for one that does not answer', async () => {
    const front = await balancer({ idleTimeoutMs: 200 });
    const url = `http://127.0.0.1:${front.port}/`;
    expect(await status(url)).toBe(503);
    const dead = await target(() => {});
    await new Promise((resolve) => dead.server.close(resolve));
    front.register('dead', dead.port);
    expect(await status(url)).toBe(502);
    front.drop('dead');
    front.register('mute', (await target(() => {})).port);
    expect(await status(url)).toBe(504);
  });

  it('lets the requests of a leaving target finish and sends it nothing new', async () => {
    const front = await balancer();
    const arrived = Promise.withResolvers<void>();
    let answer = (): void => {};
    const old = await target((_, response) => {
      answer = () => response.end('old');
      arrived.resolve();
    });
    front.register('old', old.port);
    const url = `http://127.0.0.1:${front.port}/`;
    const inFlight = fetch(url).then((response) => response.text());
    await arrived.promise;
    let isDrained = false;
    const drained = front.drain('old').then(() => {
      isDrained = true;
    });
    front.register('new', (await target((_, response) => response.end('new'))).port);
    expect(await (await fetch(url)).text()).toBe('new');
    expect(isDrained).toBe(false);
    answer();
    expect(await inFlight).toBe('old');
    await drained;
  });

  it('passes a hang-up on to the target', async () => {
    const front = await balancer();
    const arrived = Promise.withResolvers<void>();
    const hungUp = Promise.withResolvers<void>();
    const { port } = await target((incoming, response) => {
      response.once('close', () => hungUp.resolve());
      incoming.resume();
      arrived.resolve();
    });
    front.register('one', port);
    const call = request({ host: '127.0.0.1', port: front.port, method: 'POST', path: '/' });
    call.on('error', () => {});
    call.end('{}');
    await arrived.promise;
    call.destroy();
    await expect(hungUp.promise).resolves.toBeUndefined();
  });

  it('sends bodies through unchanged and tells the target whom it speaks for', async () => {
    const front = await balancer();
    const { port } = await target((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => response.end(`${incoming.headers['x-forwarded-for']} ${Buffer.concat(chunks).length}`));
    });
    front.register('one', port);
    const response = await fetch(`http://127.0.0.1:${front.port}/`, { method: 'POST', body: 'x'.repeat(300_000) });
    expect(await response.text()).toBe('127.0.0.1 300000');
  });
});

describe('target health', () => {
  const settings = { path: '/', intervalMs: 1, timeoutMs: 1, healthyThreshold: 3, unhealthyThreshold: 2 };
  const bad = { isGood: false, reason: 'Request timed out' } as const;
  const judged = (record: HealthRecord, ...results: ('good' | 'bad')[]): string =>
    results.reduce((state, result) => judge(state, result === 'good' ? { isGood: true } : bad, settings), record).state;
  const initial: HealthRecord = { state: 'initial', streak: 0, reason: '' };
  const healthy: HealthRecord = { ...initial, state: 'healthy' };
  const unhealthy: HealthRecord = { ...initial, state: 'unhealthy' };

  it('needs one good probe at first, two bad in a row to be lost and three good in a row to come back', () => {
    expect(judged(initial, 'good')).toBe('healthy');
    expect(judged(initial, 'bad', 'bad')).toBe('unhealthy');
    expect(judged(healthy, 'bad', 'good', 'bad')).toBe('healthy');
    expect(judged(healthy, 'bad', 'bad')).toBe('unhealthy');
    expect(judged(unhealthy, 'good', 'good', 'bad', 'good')).toBe('unhealthy');
    expect(judged(unhealthy, 'good', 'good', 'good')).toBe('healthy');
  });
});

describe('a network fault on a chunk', () => {
  const egress = { side: 'egress', port: 5432 } as const;

  it('delays by latency and jitter, by retransmissions for loss, and not at all on another port', () => {
    expect(chunkDelayMs({ kind: 'latency', delayMs: 200, jitterMs: 10 }, egress, () => 0.5)).toBe(200);
    expect(chunkDelayMs({ kind: 'latency', delayMs: 200, jitterMs: 10 }, egress, () => 0)).toBe(190);
    expect(chunkDelayMs({ kind: 'latency', delayMs: 200, jitterMs: 10, port: 80 }, egress, () => 0.5)).toBe(0);
    const dice = [0.01, 0.02, 0.9];
    expect(chunkDelayMs({ kind: 'packet-loss', lossPercent: 7 }, egress, () => dice.shift() ?? 1)).toBe(200 + 400);
  });

  it('blackholes one port in one direction', () => {
    const fault = { kind: 'blackhole-port', port: 5432, trafficType: 'egress' } as const;
    expect(isBlackholed(fault, egress)).toBe(true);
    expect(isBlackholed(fault, { side: 'ingress', port: 5432 })).toBe(false);
    expect(isBlackholed(fault, { side: 'egress', port: 80 })).toBe(false);
  });
});

describe('faults on a running task', () => {
  let lab: Lab;
  let url: string;
  let arn: string;
  beforeAll(async () => {
    lab = await startLab();
    await lab.create('callee', await lab.register('callee', { NAME: 'callee' }), {
      desiredCount: 1,
      serviceConnectConfiguration: { enabled: true, namespace: 'lab', services: [{ portName: 'http', clientAliases: [{ port: 5432 }] }] },
    });
    const caller = await lab.register('caller', { CALLEE_URL: 'http://callee.lab:5432' });
    await lab.create('caller', caller, { desiredCount: 1 });
    await lab.steady('callee');
    await lab.steady('caller');
    url = lab.sandbox.balancerUrl(cluster, 'caller');
    arn = required((await lab.tasks('caller'))[0]?.taskArn);
  });
  afterAll(() => stopLab(lab));

  async function call(path: string, timeoutMs = 5_000): Promise<string> {
    try {
      return await (await fetch(`${url}${path}`, { signal: AbortSignal.timeout(timeoutMs) })).text();
    } catch {
      return 'no answer';
    }
  }

  it('reach a callee by its Service Connect name while there is none', async () => {
    expect(await call('/call')).toBe('callee');
  });

  it('reach nobody on a port the callee does not listen on', async () => {
    await lab.create('astray', await lab.register('astray', { CALLEE_URL: 'http://callee.lab:8080' }), { desiredCount: 1 });
    await lab.steady('astray');
    const response = await fetch(`${lab.sandbox.balancerUrl(cluster, 'astray')}/call`);
    expect([response.status, await response.text()]).toEqual([502, '']);
  });

  it('blackhole the calls to one port, leave the rest alone, and go when removed', async () => {
    const remove = lab.sandbox.world.applyNetworkFault(arn, { kind: 'blackhole-port', port: 5432, trafficType: 'egress' });
    expect(await call('/call', 400)).toBe('no answer');
    expect(await call('/healthz')).toBe('');
    expect(await call('/name')).toBe('fixture');
    expect(() => lab.sandbox.world.applyNetworkFault(arn, { kind: 'latency', delayMs: 1, jitterMs: 0 })).toThrow(
      /one network fault per task/,
    );
    remove();
    expect(await call('/call')).toBe('callee');
  });

  it('hold a call back for the latency set, and deliver it whole', async () => {
    const remove = lab.sandbox.world.applyNetworkFault(arn, { kind: 'latency', delayMs: 300, jitterMs: 0, port: 5432 });
    const began = performance.now();
    const answer = await call('/call');
    remove();
    // A lower bound, not a benchmark: the bytes cannot have been faster than the fault.
    expect([answer, performance.now() - began >= 290]).toEqual(['callee', true]);
  });

  it('deliver a blackholed call when the fault ends before the caller gives up', async () => {
    const remove = lab.sandbox.world.applyNetworkFault(arn, { kind: 'blackhole-port', port: 8080, trafficType: 'ingress' });
    const arrived = Promise.withResolvers<string>();
    get(`${url}/name`, (response) => response.on('data', (chunk: Buffer) => arrived.resolve(chunk.toString())));
    expect(await call('/name', 300)).toBe('no answer');
    remove();
    expect(await arrived.promise).toBe('fixture');
  });

  it('end with the task: its replacement has none', async () => {
    lab.sandbox.world.applyNetworkFault(arn, { kind: 'blackhole-port', port: 5432, trafficType: 'egress' });
    lab.sandbox.world.stopTask(arn, 'replaced');
    await lab.until('caller', (service) => !service.deployments?.some((entry) => entry.runningCount === 1));
    await lab.steady('caller');
    expect(await call('/call')).toBe('callee');
  });
});
