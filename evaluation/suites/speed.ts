/** What one case costs in time of one core, from its line to the answer's, and how the cost grows. */
import { Case } from '../../agent/diagnosis/case/case.ts';
import { diagnoseCase } from '../../agent/diagnosis/case/diagnose-case.ts';
import { createRandom } from '../../chaos/crash/random.ts';
import type { Figure } from '../figure.ts';
import type { Suite } from './suite.ts';

const suite = 'speed';
type Size = [nodes: number, points: number];
/** Metric, statistic, usual value. */
type Kind = readonly [string, string, number];
const latency: Kind = ['latency', 'Average', 0.05];
const others: readonly Kind[] = [
  ['latency', 'p99', 0.1],
  ['availability', 'Average', 90],
  ['requests', 'Sum', 100],
  ['cpu_utilization', 'Average', 30],
];

const nodes = 50;
const points = 2000;
const runs = 15;
/** Twice the size costs twice as much, a little more for sorting; the rest is room for the noise of a busy machine. */
const room = 1.3;

export const speed: Suite = {
  id: suite,
  title: 'Speed of one case',
  needs: null,
  async run(_folder, { seed }) {
    const base = cost(largeCase([nodes, points], seed));
    const five = cost(largeCase([nodes, points], seed, [latency, ...others]));
    const growth = ([n, p]: Size): Figure => {
      const here = cost(largeCase([n, p], seed)).diagnosis;
      const allowed = (n * p * Math.log(p)) / (nodes * points * Math.log(points));
      return {
        suite,
        title: `cost of ${n} nodes × ${p.toLocaleString('en')} points against n × p × log p`,
        ours: { value: here / base.diagnosis / allowed, unit: '×' },
        published: '',
        goal: { compare: 'at most', value: room },
      };
    };
    const sizes: Size[] = [
      [nodes, 2 * points],
      [nodes, 4 * points],
      [2 * nodes, points],
      [4 * nodes, points],
    ];
    return {
      figures: [
        {
          suite,
          title: `${nodes} nodes × ${points.toLocaleString('en')} points, diagnosis`,
          ours: { value: base.diagnosis, unit: 'ms' },
          published: '',
          goal: { compare: 'at most', value: 50 },
        },
        { suite, title: 'the same with reading its line', ours: { value: base.line, unit: 'ms' }, published: '', goal: null },
        {
          suite,
          title: 'the same of five metrics a node, diagnosis',
          ours: { value: five.diagnosis, unit: 'ms' },
          published: '',
          goal: null,
        },
        ...sizes.map(growth),
      ],
      claims: [],
      misses: [],
      notes: [],
    };
  },
};

/** Milliseconds of processor time of the run least disturbed, after as many to warm up. */
function cost(line: string): { diagnosis: number; line: number } {
  const took = { diagnosis: [] as number[], line: [] as number[] };
  for (let run = -runs; run < runs; run += 1) {
    const started = processorMs();
    const question = Case.parse(JSON.parse(line));
    const read = processorMs();
    JSON.stringify(diagnoseCase(question));
    const ended = processorMs();
    if (run < 0) continue;
    took.diagnosis.push(ended - read);
    took.line.push(ended - started);
  }
  return { diagnosis: Math.min(...took.diagnosis), line: Math.min(...took.line) };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A tree of services; the last grows slow five points before the end. */
function largeCase([n, p]: Size, seed: number, kinds: readonly Kind[] = [latency]): string {
  const random = createRandom(seed);
  const name = (at: number) => `node-${at}`;
  const t = Array.from({ length: p }, (_, at) => 60 * at);
  const edges = Array.from({ length: n - 1 }, (_, at) => [name(at >> 1), name(at + 1)]);
  const guilty = new Set([n - 1]);
  for (let at = n - 1; at > 0; ) {
    at = (at - 1) >> 1;
    guilty.add(at);
  }
  const metrics = Array.from({ length: n }, (_, node) =>
    kinds.map(([metric, stat, usual]) => ({
      node: name(node),
      metric,
      stat,
      t,
      v: t.map((_, at) => usual * (1 + 0.1 * random.next()) + (metric === 'latency' && guilty.has(node) && at >= p - 5 ? 0.5 : 0)),
    })),
  ).flat();
  return JSON.stringify({ id: 'large', alert: { node: name(0), metric: 'latency', stat: 'Average', at: t[p - 4] }, edges, metrics });
}
