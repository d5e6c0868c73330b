/** Facts of a small shop in which all is well, and of what can go wrong in it, as the evidence sources tell them. */

import type { DeploymentFact, Evidence, Fact, LogPattern, SignalName, TaskFact } from '../../agent/domain/evidence.ts';
import type { EvidenceId } from '../../agent/domain/ids.ts';
import { EvidenceId as Id } from '../../agent/domain/ids.ts';

/** When the alert fired; the trouble began a few minutes before. */
export const now = '2026-03-10T12:06:00.000Z';
const from = '2026-03-10T11:45:00.000Z';
const day = 86_400;

export const services = ['storefront', 'catalog', 'cart', 'checkout', 'payment'] as const;
export type Service = (typeof services)[number];

type Values = readonly [now: number | null, before: number | null];
export type Readings = Partial<Record<SignalName, Values>>;

const calls: readonly (readonly [Service, Service])[] = [
  ['storefront', 'catalog'],
  ['storefront', 'cart'],
  ['storefront', 'checkout'],
  ['checkout', 'cart'],
  ['checkout', 'payment'],
];
const well: Readings = { 'error-ratio': [0.001, 0.001], 'latency-p95': [0.06, 0.06], 'request-rate': [40, 41], cpu: [0.2, 0.21] };

/** Seconds before the alert fired. */
export function before(seconds: number): string {
  return new Date(Date.parse(now) - seconds * 1000).toISOString();
}

export class Shop {
  readonly #facts = new Map<string, Fact>();

  constructor() {
    for (const service of services) {
      this.service(service, well).deployed(service, 12, 5 * day);
      for (const taskId of tasksOf(service)) this.task(service, taskId, well);
    }
    for (const [caller, callee] of calls) this.call(caller, callee, well);
  }

  service(service: Service, readings: Readings): this {
    for (const [signal, [value, earlier]] of readingsOf(readings)) {
      this.#keep(`${service} ${signal}`, { kind: 'service-signal', service, signal, now: value, before: earlier });
    }
    return this;
  }

  task(service: Service, taskId: string, readings: Readings): this {
    for (const [signal, [value, earlier]] of readingsOf(readings)) {
      this.#keep(`${taskId} ${signal}`, { kind: 'task-signal', service, taskId, signal, now: value, before: earlier });
    }
    return this;
  }

  everyTask(service: Service, readings: Readings): this {
    for (const taskId of tasksOf(service)) this.task(service, taskId, readings);
    return this;
  }

  call(caller: Service, callee: string, readings: Readings): this {
    for (const [signal, [value, earlier]] of readingsOf(readings)) {
      this.#keep(`${caller}>${callee} ${signal}`, { kind: 'call-signal', caller, callee, signal, now: value, before: earlier });
    }
    return this;
  }

  deployed(service: Service, revision: number, secondsAgo: number, more: Partial<DeploymentFact> = {}): this {
    const at = before(secondsAgo);
    const taskDefinition = `${service}:${revision}`;
    const fact: DeploymentFact = {
      kind: 'deployment',
      service,
      id: `ecs-svc/${service}-${revision}`,
      status: 'PRIMARY',
      rolloutState: 'COMPLETED',
      rolloutReason: '',
      taskDefinition,
      createdAt: at,
      updatedAt: at,
      failedTasks: 0,
      desired: 3,
      running: 3,
      pending: 0,
      ...more,
    };
    return this.#keep(`${service} deployment`, fact);
  }

  stopped(service: Service, taskId: string, secondsAgo: number, more: Partial<TaskFact>): this {
    const fact: TaskFact = {
      kind: 'task',
      service,
      taskId,
      taskArn: '',
      lastStatus: 'STOPPED',
      healthStatus: 'UNKNOWN',
      taskDefinition: `${service}:12`,
      startedAt: null,
      stoppedAt: before(secondsAgo),
      stopCode: null,
      stoppedReason: null,
      exitCode: null,
      ...more,
    };
    return this.#keep(`${service} ${taskId} stopped`, fact);
  }

  logs(service: Service, template: string, count: number, countBefore = 0): this {
    const fact: LogPattern = {
      kind: 'log-pattern',
      service,
      level: 'error',
      template,
      sample: template.replaceAll('<*>', '17'),
      count,
      countBefore,
      firstAt: before(200),
      taskIds: [],
    };
    return this.#keep(`${service} ${template}`, fact);
  }

  /** One answer of each source. */
  evidence(): Evidence[] {
    const all = [...this.#facts.values()];
    const isLog = (fact: Fact) => fact.kind === 'log-pattern';
    const isEcs = (fact: Fact) => fact.kind === 'deployment' || fact.kind === 'task';
    return [
      answerOf(
        'prometheus',
        'signals of all services',
        all.filter((fact) => !isLog(fact) && !isEcs(fact)),
      ),
      answerOf('ecs', 'services, deployments and tasks', all.filter(isEcs)),
      answerOf('cloudwatch-logs', 'warnings and errors since the onset', all.filter(isLog)),
    ];
  }

  #keep(key: string, fact: Fact): this {
    this.#facts.set(key, fact);
    return this;
  }
}

export function tasksOf(service: Service): string[] {
  return [1, 2, 3].map((place) => `${service}-${place}`);
}

export function answerOf(source: string, question: string, facts: Fact[], id: EvidenceId = Id.parse(source)): Evidence {
  return { id, source, question, from, to: now, status: facts.length > 0 ? 'found' : 'nothing', detail: '', durationMs: 10, facts };
}

function readingsOf(readings: Readings): [SignalName, Values][] {
  return Object.entries(readings) as [SignalName, Values][];
}
