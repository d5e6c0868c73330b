/** Of several incidents about one service the oldest asks a person: one question, however many alerts tell of one trouble. */
import type { Resource } from '../domain/alert.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { NodeDependencies } from './dependencies.ts';

export interface Elder {
  id: IncidentId;
  /** It has asked; otherwise it may still come to something else. */
  hasAsked: boolean;
}

/** The older open incident about the same resource; null when this one is the oldest. */
export async function elderOf({ incidents }: Pick<NodeDependencies, 'incidents'>, own: Incident, target: Resource): Promise<Elder | null> {
  const id = await incidents.openAbout(target, own.id);
  const other = id && (await incidents.get(id));
  if (!other) return null;
  const isOlder = other.openedAt === own.openedAt ? other.id < own.id : other.openedAt < own.openedAt;
  return isOlder ? { id: other.id, hasAsked: other.status === 'awaiting-approval' } : null;
}
