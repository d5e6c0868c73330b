/** Made-up facts for tests of the judge: clusters that fare as a function of time says, seen once a second. */
import type { IncidentView } from '../../../agent/api/contract.ts';
import type { Judgement } from '../format/schema.ts';
import type { Call, ClusterFacts, Facts, LookFacts, ServiceFacts } from '../judge/facts.ts';

/** What is true of a cluster at one moment; what is left out is well. */
export interface Moment {
  /** Share of failed answers at the storefront. */
  failing?: number;
  /** Of payment, which is asked by the storefront. */
  neighbourFailing?: number;
  running?: number;
  revision?: string;
  isSteady?: boolean | null;
}

const fromSeconds = -8;
export const endSeconds = 60;

/** Of 25 shoppers a second. */
const asked = 25;

export function looksOf(at: (seconds: number) => Moment, end = endSeconds): LookFacts[] {
  const looks: LookFacts[] = [];
  for (let seconds = fromSeconds; seconds <= end; seconds += 1) looks.push(lookAt(seconds, seconds < 0 ? {} : at(seconds)));
  return looks;
}

function lookAt(at: number, { failing = 0, neighbourFailing = 0, running = 2, revision = 'checkout:1', isSteady }: Moment): LookFacts {
  const service = (own: Partial<ServiceFacts>): ServiceFacts => ({
    errorRatio: 0,
    latencyP95: 0.05,
    running: 2,
    desired: 2,
    taskDefinition: null,
    ...own,
  });
  return {
    at,
    isSteady: isSteady === undefined ? failing <= 0.05 && running >= 2 : isSteady,
    users: { asked, failed: Math.round(asked * failing), slow: 0 },
    services: {
      storefront: service({ errorRatio: failing, taskDefinition: 'storefront:1' }),
      checkout: service({ running, taskDefinition: revision }),
      payment: service({ errorRatio: neighbourFailing, taskDefinition: 'payment:1' }),
    },
  };
}

export function cluster(caretaker: ClusterFacts['caretaker'], at: (seconds: number) => Moment, calls: readonly Call[] = []): ClusterFacts {
  return { caretaker, looks: looksOf(at), calls };
}

/** A release of checkout, seen by users at the storefront; the roll-back is right. */
export const curable: Judgement = {
  name: 'kintsugi',
  kind: 'curable',
  expect: [
    {
      causes: [{ cause: 'bad-deployment', service: 'checkout' }],
      changes: [{ action: 'roll-back-deployment', service: 'checkout' }],
      mayTry: [],
    },
  ],
  feltAt: 'storefront',
  blast: { services: ['checkout'] },
  abort: {
    probes: [
      {
        type: 'probe',
        name: 'somebody is served',
        tolerance: { type: 'range', range: [0, 0.99] },
        provider: { type: 'kintsugi', module: 'load', func: 'error-ratio', arguments: { service: 'storefront' } },
      },
    ],
    seconds: 30,
  },
  timeLimit: 60,
  stages: ['sandbox'],
  agent: {},
};

export const incurable: Judgement = {
  ...curable,
  kind: 'incurable',
  expect: [{ causes: [{ cause: 'dependency-fault', service: 'checkout' }], changes: [], mayTry: [] }],
};

export const control: Judgement = { ...curable, kind: 'control', expect: [{ causes: [], changes: [], mayTry: [] }] };

/** The bad release, from the moment it is there. */
export const broken = (): Moment => ({ failing: 0.5, revision: 'checkout:2' });
export const well = (): Moment => ({});
/** Bad until `seconds`, and as before the fault from then on. */
export const brokenUntil = (seconds: number) => (at: number) => (at < seconds ? broken() : well());

export const rollBack = (at: number): Call => ({
  at,
  operation: 'UpdateService',
  service: 'checkout',
  input: { cluster: 'shop', service: 'checkout', taskDefinition: 'arn:aws:ecs:eu-west-1:1:task-definition/checkout:1' },
});
/** The bad revision again: what the agent's undo of the roll-back does. */
export const rollForward = (at: number): Call => ({ ...rollBack(at), input: { service: 'checkout', taskDefinition: 'checkout:2' } });
export const restart = (at: number, service = 'checkout'): Call => ({
  at,
  operation: 'UpdateService',
  service,
  input: { service, forceNewDeployment: true },
});
export const stopTask = (at: number, task: string): Call => ({ at, operation: 'StopTask', service: 'checkout', input: { task } });

export function incident(outcome: IncidentView['outcome'], id = 'one'): IncidentView {
  return {
    id,
    alertName: 'HighErrorRatio',
    resource: { cluster: 'shop', service: 'storefront' },
    severity: 'critical',
    status: outcome === null ? 'investigating' : 'closed',
    outcome,
    outcomeReason: 'as it was found',
    startedAt: '2026-11-20T10:00:00.000Z',
    openedAt: '2026-11-20T10:00:05.000Z',
    closedAt: outcome === null ? null : '2026-11-20T10:00:40.000Z',
    firings: 1,
    resolvedAt: null,
  };
}

let seq = 0;

/** An entry of the audit trail. */
export function audited(event: string, detail: Record<string, unknown>, seconds = 6, incidentId = 'one'): Facts['audit'][number] {
  seq += 1;
  return { seq, at: '2026-11-20T10:00:06.000Z', incidentId, actor: 'agent', event, detail, seconds };
}

export function named(cause: string, service: string, incidentId = 'one'): Facts['audit'][number][] {
  const ranked = [{ cause, service, confidence: 0.9 }];
  return [
    audited('diagnosis', { conclusion: 'cause', reason: 'it fits', ranked }, 6, incidentId),
    audited('audited', { vetoed: false, notes: [], ranked }, 6, incidentId),
  ];
}

export function facts(clusters: readonly ClusterFacts[], more: Partial<Facts> = {}): Facts {
  return {
    judgement: curable,
    pace: 30,
    aborted: null,
    broken: null,
    clusters,
    incidents: [incident('fixed')],
    detectedAt: 5,
    audit: named('bad-deployment', 'checkout'),
    ...more,
  };
}
