/** Builds diagnosis input for tests: a healthy shop of six services, to which a test adds the trouble. */

import type { CitedFact, DiagnosisInput } from '../diagnosis/input.ts';
import type { EventMeaning, Fact, SignalName } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';

export const onset = '2026-03-10T12:00:00.000Z';
export const now = '2026-03-10T12:02:00.000Z';

const graph: Record<string, string[]> = {
  storefront: ['catalog', 'cart', 'checkout'],
  catalog: ['database'],
  cart: ['database'],
  checkout: ['cart', 'payment', 'database'],
  payment: [],
  database: [],
};
const counts: Record<string, number> = { storefront: 2, catalog: 3, cart: 2, checkout: 2, payment: 2, database: 1 };

const ecsKinds = new Set<Fact['kind']>([
  'service-state',
  'deployment',
  'past-deployment',
  'service-deployment',
  'task',
  'task-definition',
  'target-health',
]);

type Values = [now: number | null, before: number | null];
type Readings = Partial<Record<SignalName, Values>>;

export function at(seconds: number): string {
  return new Date(Date.parse(onset) + seconds * 1000).toISOString();
}

export function taskIds(service: string): string[] {
  return Array.from({ length: counts[service] ?? 1 }, (_, index) => `${service}-${index}`);
}

const healthy: Readings = {
  'error-ratio': [0, 0],
  'latency-p95': [0.04, 0.04],
  'request-rate': [12, 12],
  'in-flight': [0.5, 0.5],
  memory: [6e7, 6e7],
  cpu: [0.05, 0.05],
};

export class Case {
  readonly facts = new Map<string, CitedFact>();
  sources: DiagnosisInput['sources'];

  constructor() {
    for (const [service, callees] of Object.entries(graph)) {
      this.service(service, healthy);
      this.add({ kind: 'reporting', service, up: counts[service] ?? 1, down: 0 });
      this.state(service, counts[service] ?? 1, counts[service] ?? 1);
      this.deployed(service, `${service}:1`, -86_400);
      for (const taskId of taskIds(service)) {
        this.task(service, taskId, healthy);
        this.runs(service, taskId);
      }
      for (const callee of callees) this.call(service, callee, healthy);
    }
    // The rules of the alerts that tests tell: `now` is their `for:` after the onset.
    for (const name of ['HighErrorRatio', 'HighLatency']) this.add({ kind: 'alert-rule', name, forSeconds: 120, rangeSeconds: 0 });
  }

  add(fact: Fact): this {
    const source = ecsKinds.has(fact.kind) ? 'ecs' : 'prometheus';
    const evidenceId = EvidenceId.parse(fact.kind === 'log-pattern' ? 'logs' : source);
    this.facts.set(keyOf(fact), { ...fact, evidenceId });
    return this;
  }

  drop(isDropped: (fact: Fact) => boolean): this {
    for (const [key, fact] of this.facts) if (isDropped(fact)) this.facts.delete(key);
    return this;
  }

  service(service: string, readings: Readings): this {
    for (const reading of listOf(readings)) this.add({ kind: 'service-signal', service, ...reading });
    return this;
  }
  task(service: string, taskId: string, readings: Readings): this {
    for (const reading of listOf(readings)) this.add({ kind: 'task-signal', service, taskId, ...reading });
    return this;
  }
  everyTask(service: string, readings: Readings): this {
    for (const taskId of taskIds(service)) this.task(service, taskId, readings);
    return this;
  }
  route(service: string, method: string, route: string, readings: Readings): this {
    for (const reading of listOf(readings)) this.add({ kind: 'route-signal', service, method, route, ...reading });
    return this;
  }
  call(caller: string, callee: string, readings: Readings): this {
    for (const reading of listOf(readings)) this.add({ kind: 'call-signal', caller, callee, ...reading });
    return this;
  }
  state(service: string, desired: number, running: number, pending = 0): this {
    const taskDefinition = `${service}:1`;
    return this.add({ kind: 'service-state', service, status: 'ACTIVE', desired, running, pending, taskDefinition, events: [] });
  }

  /** A deployment that began `startedSeconds` after the onset (negative: before it); the one that was PRIMARY goes into the past. */
  deployed(service: string, taskDefinition: string, startedSeconds: number, rolloutState: 'COMPLETED' | 'IN_PROGRESS' = 'COMPLETED'): this {
    const old = [...this.facts.values()].find((fact) => fact.kind === 'deployment' && fact.service === service);
    if (old?.kind === 'deployment') {
      const { taskDefinition, createdAt, updatedAt } = old;
      const completed = old.rolloutState === 'COMPLETED';
      this.add({ kind: 'past-deployment', service, taskDefinition, startedAt: createdAt, finishedAt: updatedAt, completed });
    }
    return this.add({
      kind: 'deployment',
      service,
      id: `ecs-svc/${startedSeconds}`,
      status: 'PRIMARY',
      rolloutState,
      rolloutReason: '',
      taskDefinition,
      createdAt: at(startedSeconds),
      updatedAt: at(startedSeconds + 20),
      failedTasks: 0,
    });
  }

  runs(service: string, taskId: string, startedSeconds = -86_400, taskDefinition = `${service}:1`): this {
    return this.add({
      kind: 'task',
      service,
      taskId,
      taskArn: `arn:aws:ecs:eu-central-1:000000000000:task/shop/${taskId}`,
      lastStatus: 'RUNNING',
      healthStatus: 'HEALTHY',
      taskDefinition,
      startedAt: at(startedSeconds),
      stoppedAt: null,
      stopCode: null,
      stoppedReason: null,
      exitCode: null,
    });
  }

  stopped(
    service: string,
    taskId: string,
    stop: { startedSeconds: number | null; stoppedSeconds: number; stopCode: string; reason: string; exitCode?: number; revision?: string },
  ): this {
    this.runs(service, taskId, stop.startedSeconds ?? 0, stop.revision ?? `${service}:1`);
    const fact = this.facts.get(`task ${service} ${taskId}`);
    if (fact?.kind !== 'task') return this;
    fact.lastStatus = 'STOPPED';
    if (stop.startedSeconds === null) fact.startedAt = null;
    fact.stoppedAt = at(stop.stoppedSeconds);
    fact.stopCode = stop.stopCode;
    fact.stoppedReason = stop.reason;
    fact.exitCode = stop.exitCode ?? null;
    return this;
  }

  /** An event of a service, `seconds` after the onset. */
  says(service: string, seconds: number, meaning: EventMeaning, message = `(service ${service}) said something.`): this {
    const state = this.facts.get(`service-state ${service}`);
    if (state?.kind === 'service-state') state.events.unshift({ at: at(seconds), message, meaning });
    return this;
  }
  target(service: string, taskId: string, state: string, reason = ''): this {
    const target = `10.0.0.${taskId.length}:8080`;
    return this.add({ kind: 'target-health', service, targetGroup: `${service}-targets`, target, taskId, state, reason, description: '' });
  }
  log(service: string, sample: string, count: number, countBefore: number, tasks = taskIds(service), level = 'error'): this {
    return this.add({ kind: 'log-pattern', service, level, template: sample, sample, count, countBefore, firstAt: at(1), taskIds: tasks });
  }

  input(service: string, name = 'HighErrorRatio'): DiagnosisInput {
    const resource = { cluster: 'shop', service };
    const sources = this.sources ? { sources: this.sources } : {};
    return { alert: { name, resource }, onset, now, recentSeconds: 60, facts: [...this.facts.values()], ...sources };
  }
}

function listOf(readings: Readings): { signal: SignalName; now: number | null; before: number | null }[] {
  return (Object.entries(readings) as [SignalName, Values][]).map(([signal, [value, before]]) => ({ signal, now: value, before }));
}

function keyOf(fact: Fact): string {
  switch (fact.kind) {
    case 'service-signal':
      return `signal ${fact.service} ${fact.signal}`;
    case 'task-signal':
      return `signal ${fact.service} ${fact.taskId} ${fact.signal}`;
    case 'route-signal':
      return `route ${fact.service} ${fact.method} ${fact.route} ${fact.signal}`;
    case 'call-signal':
      return `call ${fact.caller} ${fact.callee} ${fact.signal}`;
    case 'task':
      return `task ${fact.service} ${fact.taskId}`;
    case 'past-deployment':
      return `past ${fact.service} ${fact.startedAt}`;
    case 'log-pattern':
      return `log ${fact.service} ${fact.template}`;
    case 'target-health':
      return `target ${fact.service} ${fact.taskId}`;
    case 'task-definition':
      return `revision ${fact.taskDefinition}`;
    case 'change':
      return `change ${fact.service} ${fact.sha}`;
    case 'call-edge':
      return `edge ${fact.caller} ${fact.callee} ${fact.origin}`;
    case 'series':
      return `series ${fact.service} ${fact.metric} ${fact.stat}`;
    case 'span':
      return `span ${fact.trace} ${fact.span}`;
    case 'alert-rule':
      return `rule ${fact.name} ${fact.forSeconds} ${fact.rangeSeconds}`;
    default:
      return `${fact.kind} ${fact.service}`;
  }
}
