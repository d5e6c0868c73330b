import { expect, it } from 'vitest';
import type { ApprovalRequest } from '../approval/store.ts';
import { IncidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import { questionAbout } from './who-asks.ts';

const target = { cluster: 'shop', service: 'checkout' };
const own = { id: IncidentId.parse('own'), openedAt: '2026-03-10T12:00:00.000Z', resource: target } as Incident;
const other = IncidentId.parse('other');
const now = '2026-03-10T12:05:00.000Z';

const waiting: Partial<ApprovalRequest> = { incidentId: other, plan: { target } as ApprovalRequest['plan'], answer: null, usedBy: null };
const agreed: Partial<ApprovalRequest> = { ...waiting, answer: 'approved', expiresAt: '2026-03-10T12:30:00.000Z' };

function ask(request: Partial<ApprovalRequest>, status: Incident['status'] = 'awaiting-approval') {
  const requests = [request as ApprovalRequest];
  const deps = {
    clock: { now: () => new Date(now) },
    approvals: { pending: async () => requests.filter(({ answer }) => answer === null), ofIncident: async () => requests },
    incidents: { get: async () => ({ status }), openAbout: async () => (status === 'closed' ? undefined : other) },
  } as unknown as Parameters<typeof questionAbout>[0];
  return questionAbout(deps, own, target);
}

it.each([
  ['that waits for an answer', waiting, 'awaiting-approval', other],
  ['that is agreed to and not used yet', agreed, 'investigating', other],
  ['that is agreed to and used', { ...agreed, usedBy: 'key' as ApprovalRequest['usedBy'] }, 'investigating', null],
  ['that was agreed to and has expired', { ...agreed, expiresAt: now }, 'investigating', null],
  ['that was rejected', { ...agreed, answer: 'rejected' }, 'investigating', null],
  ['of an incident that is over', waiting, 'closed', null],
  ['of its own', { ...waiting, incidentId: own.id }, 'awaiting-approval', null],
  ['about another service', { ...waiting, plan: { target: { ...target, service: 'cart' } } as ApprovalRequest['plan'] }, 'open', null],
] as const)('knows of a question %s', async (_, request, status, expected) => {
  expect(await ask(request, status)).toBe(expected);
});
