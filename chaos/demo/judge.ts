/** Right or wrong, from what happened in the world: the journal of API calls and what users felt. The agent's own word counts only for its incidents. */
import type { IncidentView } from '../../agent/api/contract.ts';
import type { Change } from '../stage/stage.ts';
import type { SceneResult } from './report.ts';
import type { Scene } from './scenes/scene.ts';

/** The AWS calls each action may make; the first one that succeeded is the change. */
const callsOf: Record<string, (change: Change) => boolean> = {
  'roll-back-deployment': ({ operation, input }) =>
    operation === 'StopServiceDeployment' ||
    (operation === 'UpdateService' && typeof input.taskDefinition === 'string' && input.forceNewDeployment !== true),
  'stop-task': ({ operation }) => operation === 'StopTask',
  'force-new-deployment': ({ operation, input }) => operation === 'UpdateService' && input.forceNewDeployment === true,
};

export interface Observed {
  changes: readonly Change[];
  incidents: readonly Pick<IncidentView, 'outcome' | 'status' | 'resource' | 'outcomeReason'>[];
  usersWell: boolean;
}

export function judgeScene(scene: Scene, seen: Observed): Pick<SceneResult, 'right' | 'why' | 'action'> {
  const why: string[] = [];
  const { expected } = scene;
  if (seen.incidents.length === 0) why.push('no incident was opened');
  for (const incident of seen.incidents) {
    if (incident.status !== 'closed') why.push(`the incident about ${incident.resource.service} is still ${incident.status}`);
    if (incident.outcome === 'escalated')
      why.push(`the incident about ${incident.resource.service} went to a human: ${incident.outcomeReason}`);
  }
  if (!seen.usersWell) why.push('users still feel the fault');
  const names = seen.changes.map(({ operation, service }) => `${operation} on ${service}`);
  if (!expected) {
    if (names.length > 0) why.push(`nothing was to be changed, but: ${names.join(', ')}`);
    const claimed = seen.incidents.filter((incident) => incident.outcome === 'fixed');
    if (claimed.length > 0) why.push('an incident claims a fix nobody made');
    return {
      right: why.length === 0,
      why: why.length > 0 ? why : ['nothing was changed, and nothing was wrong'],
      action: names.join(', ') || 'none',
    };
  }
  if (names.length !== 1) why.push(`one change was right, there were ${names.length}${names.length > 0 ? `: ${names.join(', ')}` : ''}`);
  const change = seen.changes[0];
  const fits = change !== undefined && (callsOf[expected.action]?.(change) ?? false) && change.service === expected.service;
  if (change && !fits) why.push(`expected ${expected.action} on ${expected.service}, saw ${names[0]}`);
  if (!seen.incidents.some((incident) => incident.outcome === 'fixed')) why.push('no incident ended as fixed');
  const action = fits ? `${expected.action} on ${expected.service}` : names.join(', ') || 'none';
  return { right: why.length === 0, why: why.length > 0 ? why : [`${action} was the one right change, and users are well again`], action };
}
