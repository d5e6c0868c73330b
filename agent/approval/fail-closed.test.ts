import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { IncidentId } from '../domain/ids.ts';
import { createApprovalStore } from '../storage/approval-store.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { openTempStore } from '../testing/temp-store.ts';

it('takes no answer that cannot be recorded: the request keeps waiting', async () => {
  const temp = await openTempStore();
  const approvals = createApprovalStore(temp.store, createFakeClock('2026-01-01T00:00:00.000Z'), () => 'approval-1');
  const trail = createAuditTrail(temp.store);
  const raw = new Database(temp.path);
  raw.pragma('foreign_keys = OFF');
  raw.exec(`insert into approval (id, incident_id, plan, plan_hash, asked_at, expires_at)
    values ('approval-1', 'incident-1', '{}', 'the hash', '2026-01-01', '2026-02-01')`);
  raw.exec("create trigger refuses before insert on audit begin select raise(abort, 'refused'); end");
  await expect(approvals.answer('approval-1', { answer: 'approved', by: 'ann', via: 'api' })).rejects.toThrow();
  expect(await approvals.get('approval-1')).toMatchObject({ answer: null });

  raw.exec('drop trigger refuses');
  raw.close();
  expect(await approvals.answer('approval-1', { answer: 'approved', by: 'ann', via: 'api' })).toMatchObject({ answer: 'approved' });
  expect(await approvals.answer('approval-1', { answer: 'rejected', by: 'bob', via: 'api' })).toBeUndefined();
  const detail = { approvalId: 'approval-1', answer: 'approved', via: 'api', planHash: 'the hash', evidenceHash: null };
  expect(await trail.list({})).toMatchObject([
    { actor: 'ann', event: 'approval-answered', incidentId: IncidentId.parse('incident-1'), detail },
  ]);
  await temp.remove();
});
