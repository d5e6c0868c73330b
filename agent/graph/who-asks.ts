/** Of several incidents about one service the oldest asks a person: one question, however many alerts tell of one trouble. */
import type { Resource } from '../domain/alert.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { NodeDependencies } from './dependencies.ts';

export interface Elder {
  id: IncidentId;
  /** A person is asked, or has said yes and the change is about to be made; otherwise it may still come to something else. */
  hasAsked: boolean;
}

/** The older open incident about the same resource; null when this one is the oldest. */
export async function elderOf(
  { incidents, approvals }: Pick<NodeDependencies, 'incidents' | 'approvals'>,
  own: Incident,
  target: Resource,
): Promise<Elder | null> {
  const id = await incidents.openAbout(target, own.id);
  const other = id && (await incidents.get(id));
  if (!other) return null;
  const isOlder = other.openedAt === own.openedAt ? other.id < own.id : other.openedAt < own.openedAt;
  if (!isOlder) return null;
  const isAgreed = (await approvals.ofIncident(id)).some(({ answer, usedBy }) => answer === 'approved' && usedBy === null);
  return { id: other.id, hasAsked: isAgreed || other.status === 'awaiting-approval' };
}
