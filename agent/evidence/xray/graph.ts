/** The service graph as edges: X-Ray counts every traced call, so its figures are kept as they are. */
import type { CallEdge } from '../../domain/evidence.ts';
import type { Service } from './schema.ts';

/** Failed are faults (5xx) and throttled calls (429), not the other errors of the caller's own making. Whoever calls from outside is no service. */
export function edgesOf(services: readonly Service[], windowSeconds: number): CallEdge[] {
  const names = new Map(services.map(({ ReferenceId, Name }) => [ReferenceId, Name]));
  const edges = new Map<string, CallEdge & { calls: number; errors: number }>();
  for (const { Name: caller, Type, Edges } of services) {
    if (Type === 'client' || caller === '') continue;
    for (const { ReferenceId, SummaryStatistics: seen } of Edges) {
      const callee = names.get(ReferenceId) ?? '';
      if (callee === '' || callee === caller) continue;
      const calls = seen?.TotalCount ?? 0;
      const errors = (seen?.FaultStatistics?.TotalCount ?? 0) + (seen?.ErrorStatistics?.ThrottleCount ?? 0);
      const seconds = seen?.TotalResponseTime ?? 0;
      // One service may be several nodes: as it sees itself, and as its callers see it.
      const key = JSON.stringify([caller, callee]);
      const known = edges.get(key);
      const total = (known?.calls ?? 0) + calls;
      const time = (known?.latencySeconds ?? 0) * (known?.calls ?? 0) + seconds;
      edges.set(key, {
        kind: 'call-edge',
        caller,
        callee,
        origin: 'traces',
        windowSeconds,
        calls: total,
        errors: (known?.errors ?? 0) + errors,
        latencySeconds: total > 0 ? Number((time / total).toPrecision(6)) : null,
      });
    }
  }
  return [...edges.values()];
}

/** Edges since the onset, then those only seen before it: a call that no longer happens is still an edge. */
export function withSeenBefore(since: readonly CallEdge[], before: readonly CallEdge[]): CallEdge[] {
  const known = new Set(since.map(({ caller, callee }) => JSON.stringify([caller, callee])));
  const gone = before.filter(({ caller, callee }) => !known.has(JSON.stringify([caller, callee])));
  return [...since, ...gone.map((edge): CallEdge => ({ ...edge, calls: null, errors: null, latencySeconds: null }))];
}
