/** The name of an incident's run in the checkpointer. The version is part of it: another graph never finds a run it cannot go on with. */
export function threadOf(incidentId: string, graphVersion: string): string {
  return `${incidentId}@${graphVersion}`;
}
