/** A request that every gate passes, for tests to spoil in one place. */
import { EvidenceId } from '../domain/ids.ts';
import type { PastChange, PolicyRequest, PolicySettings } from '../policy/request.ts';
import { policySettingsSchema } from '../policy/settings.ts';

export const now = '2026-03-10T12:00:00.000Z';

export function ago(seconds: number): string {
  return new Date(Date.parse(now) - seconds * 1000).toISOString();
}

export function settingsWith(change: Partial<PolicySettings> = {}): PolicySettings {
  return { ...policySettingsSchema.parse({ autonomy: { default: 'auto' } }), flags: { 'stop-task': true }, ...change };
}

export function change(over: Partial<PastChange> = {}): PastChange {
  return {
    seq: 1,
    incidentId: 'other',
    action: 'stop-task',
    target: 'ecs:shop/payment',
    at: ago(7200),
    finished: true,
    verified: 'recovered',
    againAt: null,
    ...over,
  };
}

export function requestWith(over: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    now,
    incidentId: 'incident-1',
    resource: { cluster: 'shop', service: 'catalog' },
    troubleSince: ago(180),
    purpose: 'mend',
    hypothesis: {
      cause: 'sick-task',
      service: 'catalog',
      taskId: 'catalog-1',
      confidence: 0.9,
      evidence: [EvidenceId.parse('evidence-1')],
      because: ['one task is the outlier'],
      refutedBy: 'a sibling shows the same',
    },
    plan: {
      action: 'stop-task',
      target: { cluster: 'shop', service: 'catalog' },
      params: {},
      calls: [],
      blastRadius: { services: 1, tasks: 1, shareOfCapacity: 1 / 3 },
      snapshot: {},
      undo: { kind: 'none', reason: 'a stopped task cannot be started again' },
      summary: 'stop one task',
    },
    killSwitch: false,
    knownServices: ['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database'],
    evidence: [
      { source: 'prometheus', status: 'found', observedAt: ago(2), factsAboutTarget: 3 },
      { source: 'ecs', status: 'found', observedAt: ago(2), factsAboutTarget: 1 },
    ],
    changes: [],
    record: [],
    needsApproval: null,
    troubledServices: ['catalog'],
    calls: [
      { caller: 'storefront', callee: 'catalog' },
      { caller: 'storefront', callee: 'cart' },
      { caller: 'storefront', callee: 'checkout' },
      { caller: 'checkout', callee: 'cart' },
      { caller: 'checkout', callee: 'payment' },
      { caller: 'catalog', callee: 'database' },
      { caller: 'cart', callee: 'database' },
    ],
    ...over,
  };
}
