/** Of several incidents about one service the oldest asks a person: one question, however many alerts tell of one trouble; and while it is asked nobody else is called. */
import { type Resource, resourceKey } from '../domain/alert.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { NodeDependencies } from './dependencies.ts';

export interface Elder {
  id: IncidentId;
  /** It has asked; otherwise it may still come to something else. */
  hasAsked: boolean;
}

type Stores = Pick<NodeDependencies, 'incidents' | 'approvals' | 'clock'>;

/** The older open incident about the same resource; null when this one is the oldest. */
export async function elderOf({ incidents }: Pick<Stores, 'incidents'>, own: Incident, target: Resource): Promise<Elder | null> {
  const id = await incidents.openAbout(target, own.id);
  const other = id && (await incidents.get(id));
  if (!other) return null;
  const isOlder = other.openedAt === own.openedAt ? other.id < own.id : other.openedAt < own.openedAt;
  return isOlder ? { id: other.id, hasAsked: other.status === 'awaiting-approval' } : null;
}

/**
 * Another open incident, older or not, that waits for a person's answer about this resource, or has a yes it has not acted on yet. Of two
 * that were opened in the same moment the one that is sure of its claim need not be the oldest.
 */
export async function questionAbout({ incidents, approvals, clock }: Stores, own: Incident, target: Resource): Promise<IncidentId | null> {
  const now = clock.now().toISOString();
  const about = (await approvals.pending()).filter(({ incidentId, plan }) => incidentId !== own.id && isSame(plan.target, target));
  for (const { incidentId } of about) if ((await incidents.get(incidentId))?.status !== 'closed') return incidentId;
  const other = await incidents.openAbout(target, own.id);
  if (!other) return null;
  const requests = await approvals.ofIncident(other);
  return requests.some(({ answer, usedBy, expiresAt }) => answer === 'approved' && usedBy === null && expiresAt > now) ? other : null;
}

function isSame(one: Resource, other: Resource): boolean {
  return resourceKey(one) === resourceKey(other);
}
