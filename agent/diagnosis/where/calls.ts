/** Who calls whom, and how deep. */
import type { Case } from '../case/case.ts';
import type { NodeSeries } from './nodes.ts';

export interface Calls {
  /** Callees that explain their caller: calls within a circle explain nothing, for there every node would excuse the other. */
  callees(node: string): readonly string[];
  callers(node: string): readonly string[];
  /** Itself, its callees, and theirs. */
  below(node: string): ReadonlySet<string>;
  /** Nodes the alerting node reaches, itself included. Where the call graph does not show it, it is taken to call all others. */
  scope: ReadonlySet<string>;
}

/** Edges as given, from per-call metrics, and from spans. */
function edgesOf({ edges, spans }: Case, nodes: ReadonlyMap<string, NodeSeries>): [string, string][] {
  const found: [string, string][] = [...edges];
  for (const { node, toCallee, fromCaller } of nodes.values()) {
    for (const callee of toCallee.keys()) found.push([node, callee]);
    for (const caller of fromCaller.keys()) found.push([caller, node]);
  }
  const nodeOfSpan = new Map(spans.map(({ trace, span, node }) => [`${trace} ${span}`, node]));
  for (const { trace, parent, node } of spans) {
    const caller = parent ? nodeOfSpan.get(`${trace} ${parent}`) : undefined;
    if (caller !== undefined) found.push([caller, node]);
  }
  return found;
}

export function callsOf(incident: Case, nodes: ReadonlyMap<string, NodeSeries>): Calls {
  const all = new Map<string, Set<string>>();
  const touched = new Set<string>();
  for (const [caller, callee] of edgesOf(incident, nodes)) {
    touched.add(caller).add(callee);
    if (caller !== callee) all.set(caller, (all.get(caller) ?? new Set()).add(callee));
  }
  const seat = incident.alert.node;
  if (!touched.has(seat)) all.set(seat, new Set([...nodes.keys(), ...touched].filter((node) => node !== seat)));
  const circles = circlesOf(new Set([seat, ...touched, ...nodes.keys()]), all);
  const down = new Map<string, string[]>();
  const up = new Map<string, string[]>();
  for (const [caller, callees] of all) {
    for (const callee of callees) {
      if (circles.get(caller) === circles.get(callee)) continue;
      down.set(caller, [...(down.get(caller) ?? []), callee]);
      up.set(callee, [...(up.get(callee) ?? []), caller]);
    }
  }
  const reached = new Map<string, Set<string>>();
  const below = (node: string) => {
    const known = reached.get(node) ?? reach(node, all);
    reached.set(node, known);
    return known;
  };
  return { callees: (node) => down.get(node) ?? [], callers: (node) => up.get(node) ?? [], below, scope: reach(seat, all) };
}

function reach(from: string, edges: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const seen = new Set([from]);
  for (const node of seen) for (const next of edges.get(node) ?? []) seen.add(next);
  return seen;
}

/** For each node the circle it is in, by number: Tarjan's strongly connected components (1972), without recursion so that no chain is too long. */
function circlesOf(nodes: ReadonlySet<string>, edges: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const circle = new Map<string, number>();
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  for (const root of nodes) {
    if (order.has(root)) continue;
    const path: { node: string; rest: Iterator<string> }[] = [];
    const enter = (node: string) => {
      low.set(node, order.size);
      order.set(node, order.size);
      open.push(node);
      path.push({ node, rest: (edges.get(node) ?? new Set<string>()).values() });
    };
    const lower = (node: string, to: number | undefined) => low.set(node, Math.min(low.get(node) ?? 0, to ?? 0));
    enter(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.next();
      if (!next.done) {
        if (!order.has(next.value)) enter(next.value);
        else if (!circle.has(next.value)) lower(top.node, order.get(next.value));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) lower(parent.node, low.get(top.node));
      if (low.get(top.node) !== order.get(top.node)) continue;
      const number = order.get(top.node) ?? 0;
      for (let node = open.pop(); node !== undefined; node = node === top.node ? undefined : open.pop()) circle.set(node, number);
    }
  }
  return circle;
}
