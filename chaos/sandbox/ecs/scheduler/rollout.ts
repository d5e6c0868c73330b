/** Pure arithmetic of a rolling update: how many tasks to start and stop within the healthy percentages. */

/** Tasks that are meant to run, by how far they are. */
export interface Census {
  /** Not RUNNING yet. */
  pending: number;
  /** RUNNING, no health check has passed or failed for good. */
  waiting: number;
  healthy: number;
  unhealthy: number;
}

export interface RolloutQuestion {
  desired: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  primary: Census;
  /** All other deployments together. */
  older: Census;
}

export interface RolloutPlan {
  start: number;
  /** Primary tasks beyond the desired count. */
  stopExcess: number;
  stopUnhealthy: number;
  stopOlderUnready: number;
  stopOlderHealthy: number;
}

export function planRollout({ desired, minimumHealthyPercent, maximumPercent, primary, older }: RolloutQuestion): RolloutPlan {
  const lower = Math.ceil((desired * minimumHealthyPercent) / 100);
  const upper = Math.floor((desired * maximumPercent) / 100);
  const wanted = primary.pending + primary.waiting + primary.healthy;
  const live = wanted + primary.unhealthy + total(older);
  const missing = Math.max(0, desired - wanted);
  const room = Math.max(0, upper - live);
  const healthy = primary.healthy + older.healthy;
  const stopOlderHealthy = Math.min(older.healthy, Math.max(0, healthy - lower));
  return {
    start: Math.min(missing, room),
    stopExcess: Math.max(0, wanted - desired),
    stopUnhealthy: unhealthyToStop({ unhealthy: primary.unhealthy, missing, room, isCovered: healthy >= lower }),
    stopOlderUnready: older.pending + older.waiting + older.unhealthy,
    stopOlderHealthy,
  };
}

/** An unhealthy task goes once its replacement is healthy, or at once when there is no room to start a replacement beside it. */
function unhealthyToStop(question: { unhealthy: number; missing: number; room: number; isCovered: boolean }): number {
  if (question.isCovered) return question.unhealthy;
  return question.room === 0 ? Math.min(question.unhealthy, question.missing) : 0;
}

function total(census: Census): number {
  return census.pending + census.waiting + census.healthy + census.unhealthy;
}
