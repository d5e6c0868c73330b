/** The incident that proposed actions of tests are made for. */
import type { IncidentBrief } from '../action/action.ts';
import { IncidentId } from '../domain/ids.ts';

export const incidentBrief: IncidentBrief = {
  id: IncidentId.parse('0197c1d2-7a0b-7c3e-9f10-5b2a6c8d4e01'),
  alertName: 'HighErrorRate',
  resource: { cluster: 'shop', service: 'checkout' },
  severity: 'critical',
  startedAt: '2026-01-02T00:00:00.000Z',
};
