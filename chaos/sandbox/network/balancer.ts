/** The load balancer of one service: round robin over healthy targets, health checks, draining, and an ALB's 502, 503 and 504. */

import { randomBytes } from 'node:crypto';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type HealthCheckSettings, type HealthRecord, judge, probe } from './health-check.ts';

export interface BalancerOptions {
  /** null: no target group; a registered target is healthy at once and stays so. */
  healthCheck: HealthCheckSettings | null;
  /** A request with no byte moving for this long is answered 504. */
  idleTimeoutMs: number;
  /** Longest wait for the requests of a leaving target. */
  deregistrationDelayMs: number;
  onHealth: (taskId: string, record: HealthRecord) => void;
}

interface Target {
  taskId: string;
  port: number;
  agent: Agent;
  health: HealthRecord;
  inFlight: number;
  /** Set while the target drains; called when its last request is done. */
  onIdle: (() => void) | null;
  timer: NodeJS.Timeout | null;
}

const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

export class Balancer {
  readonly #options: BalancerOptions;
  readonly #server: Server;
  readonly #targets = new Map<string, Target>();
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  private constructor(options: BalancerOptions) {
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: options.idleTimeoutMs, noDelay: true }, (request, response) =>
      this.#forward(request, response),
    );
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async listen(options: BalancerOptions): Promise<Balancer> {
    const balancer = new Balancer(options);
    await new Promise<void>((resolve, reject) => {
      balancer.#server.once('error', reject);
      balancer.#server.listen(0, '127.0.0.1', () => resolve());
    });
    return balancer;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  register(taskId: string, port: number): void {
    const { healthCheck } = this.#options;
    const health: HealthRecord = { state: healthCheck === null ? 'healthy' : 'initial', streak: 0, reason: '' };
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
    const target: Target = { taskId, port, agent, health, inFlight: 0, onIdle: null, timer: null };
    this.#targets.set(taskId, target);
    if (healthCheck !== null) this.#check(target, healthCheck);
    this.#options.onHealth(taskId, health);
  }

  healthOf(taskId: string): HealthRecord | undefined {
    return this.#targets.get(taskId)?.health;
  }

  /** Sends the target nothing new; resolves when its requests are done or the deregistration delay is over. */
  async drain(taskId: string): Promise<void> {
    const target = this.#remove(taskId);
    if (target === undefined) return;
    if (target.inFlight > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#options.deregistrationDelayMs);
        target.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    target.agent.destroy();
  }

  /** For a target that is dead already: its requests fail now. */
  drop(taskId: string): void {
    this.#remove(taskId)?.agent.destroy();
  }

  async close(): Promise<void> {
    for (const taskId of [...this.#targets.keys()]) this.drop(taskId);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #remove(taskId: string): Target | undefined {
    const target = this.#targets.get(taskId);
    if (target === undefined) return undefined;
    this.#targets.delete(taskId);
    if (target.timer !== null) clearTimeout(target.timer);
    return target;
  }

  #check(target: Target, settings: HealthCheckSettings): void {
    const startedAt = performance.now();
    probe(target.port, settings.path, settings.timeoutMs).then((result) => {
      if (this.#targets.get(target.taskId) !== target) return;
      const before = target.health;
      target.health = judge(before, result, settings);
      if (target.health.state !== before.state) this.#options.onHealth(target.taskId, target.health);
      const wait = Math.max(0, settings.intervalMs - (performance.now() - startedAt));
      target.timer = setTimeout(() => this.#check(target, settings), wait);
    });
  }

  /** Healthy targets in turn; all registered ones when none is healthy (an ALB fails open). */
  #pick(): Target | undefined {
    const all = [...this.#targets.values()];
    const healthy = all.filter((target) => target.health.state === 'healthy');
    const choice = healthy.length > 0 ? healthy : all;
    this.#turn = (this.#turn + 1) % Math.max(1, choice.length);
    return choice[this.#turn];
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const target = this.#pick();
    if (target === undefined) {
      request.resume();
      answer(response, 503, 'Service Temporarily Unavailable');
      return;
    }
    target.inFlight += 1;
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port: target.port,
      method: request.method,
      path: request.url,
      headers: forwardedHeaders(request),
      agent: target.agent,
      timeout: this.#options.idleTimeoutMs,
    });
    let isOver = false;
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      target.inFlight -= 1;
      if (target.inFlight === 0) target.onIdle?.();
    };
    outgoing.once('timeout', () => {
      answer(response, 504, 'Gateway Time-out');
      outgoing.destroy();
    });
    outgoing.once('error', () => answer(response, 502, 'Bad Gateway'));
    outgoing.once('close', finish);
    outgoing.once('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, withoutHopByHop(incoming.headers));
      incoming.pipe(response);
      incoming.once('error', () => response.destroy());
    });
    // A caller that hangs up takes its request with it.
    response.once('close', () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    request.pipe(outgoing);
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/html', server: 'awselb/2.0' });
  response.end(`<html><head><title>${status} ${text}</title></head><body><center><h1>${status} ${text}</h1></center></body></html>\r\n`);
}

function withoutHopByHop(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !hopByHop.has(name)) kept[name] = value;
  return kept;
}

function forwardedHeaders(request: IncomingMessage): Record<string, string | string[]> {
  const headers = withoutHopByHop(request.headers);
  const from = request.socket.remoteAddress ?? '127.0.0.1';
  headers['x-forwarded-for'] = typeof headers['x-forwarded-for'] === 'string' ? `${headers['x-forwarded-for']}, ${from}` : from;
  headers['x-forwarded-proto'] ??= 'http';
  headers['x-amzn-trace-id'] ??= `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  return headers;
}
