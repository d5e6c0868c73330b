/** Made-up records for tests of the scorecard. */
import type { ClusterRecord, RunRecord } from '../record.ts';

export function clusterRecord(caretaker: ClusterRecord['caretaker'], recoverSeconds: number | null): ClusterRecord {
  return {
    caretaker,
    felt: recoverSeconds === 0 ? [] : [{ from: 1, to: recoverSeconds }],
    recoverSeconds,
    changes: caretaker === 'nobody' ? [] : [{ at: 10, operation: 'UpdateService', service: 'checkout' }],
    samples: [-2, 0, 5, 10, 20, 30].map((at) => ({
      at,
      errorRatio: at < 0 || at > (recoverSeconds ?? 99) ? 0 : 0.5,
      latencyP95: at === 5 ? null : 0.1,
    })),
  };
}

/** A curable fault that was fixed in 14 s; restarts took 40 s, and nobody never. */
export function record(more: Partial<RunRecord> = {}): RunRecord {
  return {
    experiment: 'celadon',
    title: 'A release of checkout fails one endpoint',
    kind: 'curable',
    tags: ['release'],
    stage: 'sandbox',
    repeat: 1,
    seed: 7,
    startedAt: '2026-11-20T10:00:00.000Z',
    seconds: 60,
    commit: '0123456789abcdef',
    outcome: 'fixed',
    why: ['UpdateService on checkout: right, and users are well again'],
    harm: [],
    causeRight: true,
    changeRight: true,
    changesMade: 1,
    calledPeople: false,
    falseClaim: false,
    detectSeconds: 6,
    actSeconds: 10,
    recoverSeconds: 14,
    webhookToActionSeconds: 4,
    modelCostUsd: 0,
    clusters: [clusterRecord('agent', 14), clusterRecord('nobody', null), clusterRecord('restarter', 40)],
    incidents: [
      {
        id: 'one',
        alert: 'HighErrorRatio',
        service: 'storefront',
        outcome: 'fixed',
        reason: 'good for 10 s',
        cause: 'bad-deployment',
        causeService: 'checkout',
      },
    ],
    timeline: [{ at: 6, who: 'alert', text: 'HighErrorRatio on storefront reached the agent', because: [] }],
    bundle: 'bundle.json',
    ...more,
  };
}

export function missed(more: Partial<RunRecord> = {}): RunRecord {
  return record({
    outcome: 'missed',
    why: ['users still feel the fault'],
    causeRight: false,
    changeRight: false,
    changesMade: 0,
    actSeconds: null,
    recoverSeconds: null,
    webhookToActionSeconds: null,
    clusters: [clusterRecord('agent', null), clusterRecord('nobody', null), clusterRecord('restarter', 40)],
    ...more,
  });
}

export function control(more: Partial<RunRecord> = {}): RunRecord {
  return record({
    experiment: 'delft',
    title: 'A benign release by the team',
    kind: 'control',
    outcome: 'left-alone',
    why: ['nothing was changed, and nothing was to be changed'],
    causeRight: null,
    changeRight: null,
    changesMade: 0,
    actSeconds: null,
    webhookToActionSeconds: null,
    recoverSeconds: 0,
    clusters: [clusterRecord('agent', 0), clusterRecord('nobody', 0), clusterRecord('restarter', 0)],
    incidents: [],
    ...more,
  });
}

export function incurable(more: Partial<RunRecord> = {}): RunRecord {
  return missed({
    experiment: 'basalt',
    title: 'The acquirer outside the cluster is down',
    kind: 'incurable',
    outcome: 'escalated',
    why: ['people were called, and nothing was changed'],
    causeRight: true,
    changeRight: null,
    calledPeople: true,
    ...more,
  });
}
