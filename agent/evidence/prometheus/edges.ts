/** The call graph as the settings and the metrics tell it. */
import type { CallEdge, Fact } from '../../domain/evidence.ts';

export type ConfiguredEdges = readonly (readonly [caller: string, callee: string])[];

/** Configured edges first, then those that metrics show. The figures of the latter are of the recent window. */
export function callEdges(configured: ConfiguredEdges, facts: readonly Fact[], recentSeconds: number): CallEdge[] {
  const edges = new Map<string, CallEdge>();
  for (const [caller, callee] of configured) {
    const edge = { caller, callee, origin: 'configured', windowSeconds: 0, calls: null, errors: null, latencySeconds: null } as const;
    edges.set(`configured ${JSON.stringify([caller, callee])}`, { kind: 'call-edge', ...edge });
  }
  for (const fact of facts) {
    if (fact.kind !== 'call-signal') continue;
    const { caller, callee } = fact;
    const key = `metrics ${JSON.stringify([caller, callee])}`;
    const edge: CallEdge = edges.get(key) ?? {
      kind: 'call-edge',
      caller,
      callee,
      origin: 'metrics',
      windowSeconds: recentSeconds,
      calls: null,
      errors: null,
      latencySeconds: null,
    };
    edges.set(key, edge);
    if (fact.now === null) continue;
    if (fact.signal === 'request-rate') edge.calls = fact.now * recentSeconds;
    if (fact.signal === 'error-ratio') edge.errors = fact.now;
  }
  for (const edge of edges.values()) {
    edge.errors = edge.calls === null || edge.errors === null ? null : Math.round(edge.errors * edge.calls);
    edge.calls = edge.calls === null ? null : Math.round(edge.calls);
  }
  return [...edges.values()];
}

/** The services in focus, then those that call them or are called by them, the busiest edges first. */
export function withNeighbours(focus: readonly string[], edges: readonly CallEdge[]): string[] {
  const found = new Set(focus);
  const byTraffic = [...edges].sort((one, other) => (other.calls ?? 0) - (one.calls ?? 0));
  for (const { caller, callee } of byTraffic) {
    if (focus.includes(caller)) found.add(callee);
    if (focus.includes(callee)) found.add(caller);
  }
  return [...found];
}
