/** Who calls whom, from the given edges and from spans whose parent runs in another node. */
import type { Case, Span } from '../case/case.ts';

export interface CallGraph {
  callees: ReadonlyMap<string, ReadonlySet<string>>;
  callers: ReadonlyMap<string, ReadonlySet<string>>;
}

export function callGraph({ edges, spans }: Pick<Case, 'edges' | 'spans'>): CallGraph {
  const callees = new Map<string, Set<string>>();
  const callers = new Map<string, Set<string>>();
  const join = (caller: string, callee: string): void => {
    if (caller === callee) return;
    callees.set(caller, (callees.get(caller) ?? new Set()).add(callee));
    callers.set(callee, (callers.get(callee) ?? new Set()).add(caller));
  };
  for (const [caller, callee] of edges) join(caller, callee);
  for (const [span, parent] of parentsOf(spans)) join(parent.node, span.node);
  return { callees, callers };
}

/** Each span's parent. Where exporters lost the trace's id, the span of that id nearest in time stands in. */
export function parentsOf(spans: readonly Span[]): Map<Span, Span> {
  const exact = new Map(spans.map((span) => [`${span.trace}\n${span.span}`, span]));
  const byId = new Map<string, Span[]>();
  for (const span of spans) {
    const namesakes = byId.get(span.span);
    if (namesakes) namesakes.push(span);
    else byId.set(span.span, [span]);
  }
  const parents = new Map<Span, Span>();
  for (const span of spans) {
    if (!span.parent) continue;
    const parent = exact.get(`${span.trace}\n${span.parent}`) ?? nearestTo(span, byId.get(span.parent) ?? []);
    if (parent) parents.set(span, parent);
  }
  return parents;
}

/** Where so many share one id, it tells nothing. */
const mostNamesakes = 100;

function nearestTo(span: Span, namesakes: readonly Span[]): Span | undefined {
  if (namesakes.length > mostNamesakes) return undefined;
  let nearest: Span | undefined;
  const far = (other: Span): number => Math.abs(other.start - span.start);
  for (const other of namesakes) if (other !== span && (!nearest || far(other) < far(nearest))) nearest = other;
  return nearest;
}

/** Nodes reached from `start` and the number of hops; `start` itself is 0. */
export function hopsFrom(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const hops = new Map([[start, 0]]);
  // A Map's iteration also visits what is added on the way: this is a breadth-first walk.
  for (const [node, far] of hops) {
    for (const neighbour of next.get(node) ?? []) if (!hops.has(neighbour)) hops.set(neighbour, far + 1);
  }
  return hops;
}
