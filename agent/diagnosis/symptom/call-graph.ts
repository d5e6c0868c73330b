/** Who calls whom, from the given edges and from spans whose parent runs in another node. */
import type { Case } from '../case.ts';

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
  const nodeOf = new Map(spans.map((span) => [`${span.trace}\n${span.span}`, span.node]));
  for (const { trace, parent, node } of spans) {
    const caller = parent ? nodeOf.get(`${trace}\n${parent}`) : undefined;
    if (caller !== undefined) join(caller, node);
  }
  return { callees, callers };
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
