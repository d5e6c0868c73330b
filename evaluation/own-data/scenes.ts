/** Incidents over made-up services whose answer follows from how they were made: faults of the system, and alerts without one. */
import type { Case, Series } from '../../agent/diagnosis/case/case.ts';
import type { Random } from '../../chaos/crash/random.ts';
import type { Expected } from '../suites/own.ts';
import { edgesOf, type Fault, record, type Service } from './system.ts';

export interface Scene {
  question: Case;
  expected: Expected;
}

const service = (node: string, seconds: number, calls: Service['calls'] = {}, more: Partial<Service> = {}): Service => ({
  node,
  seconds,
  failures: 0.002,
  visitors: 0,
  calls,
  cpu: 30,
  ...more,
});

/** A booking site: callers before callees. */
const booking: readonly Service[] = [
  service('lobby', 0.02, { search: 1, basket: 0.4, profile: 0.2 }, { visitors: 3000, cpu: 40 }),
  service('search', 0.03, { inventory: 1.5, ranking: 1 }),
  service('basket', 0.015, { pricing: 1, ledger: 0.5 }),
  service('profile', 0.012, { vault: 1 }),
  service('ranking', 0.025),
  service('inventory', 0.01, { 'inventory-store': 2 }),
  service('pricing', 0.02, { taxes: 1 }),
  service('ledger', 0.018, { 'ledger-store': 1 }),
  service('taxes', 0.03),
  service('vault', 0.02),
  service('inventory-store', 0.006, {}, { cpu: 35 }),
  service('ledger-store', 0.008),
];

export const start = 1_767_225_600;
export const stepSeconds = 300;
const historyRows = 36;
/** Two rows before the onset, three of the incident, as alarms with two periods to alarm would bring them. */
const incidentRows = 5;
const onsetRow = historyRows + 2;

interface Asked {
  id: string;
  about: string;
  alert: { node: string; metric: string; stat: string };
  faults?: readonly Fault[];
  services?: readonly Service[];
  noise?: number;
  /** What the alarm saw last. */
  change?: (question: Case) => Case;
  expected: Omit<Expected, 'id' | 'about'>;
}

export function measured(
  { id, about, alert, faults = [], services = booking, noise = 0.08, change = (same) => same, expected }: Asked,
  random: Random,
): Scene {
  const rows = historyRows + incidentRows;
  const metrics = record(services, { start, rows, stepSeconds, onsetRow, faults, noise }, random);
  const at = start + (onsetRow + 2) * stepSeconds;
  const question: Case = { id, alert: { ...alert, at }, edges: edgesOf(services), metrics, logs: [], spans: [], changes: [] };
  return { question: change(question), expected: { id, about, ...expected } };
}

const slow = { node: 'lobby', metric: 'latency', stat: 'Average' };
const failing = { node: 'lobby', metric: 'availability', stat: 'Average' };

/** An alarm at the first bad row, with the two rows before it: later ones find bad rows on both sides and nothing to compare them with. */
const withoutHistory = (question: Case): Case => {
  const at = start + onsetRow * stepSeconds;
  return onlyFrom({ ...question, alert: { ...question.alert, at } }, start + historyRows * stepSeconds);
};

function onlyFrom(question: Case, from: number): Case {
  const kept = (series: Series): Series => {
    const first = series.t.findIndex((t) => t >= from);
    return { ...series, t: series.t.slice(first), v: series.v.slice(first) };
  };
  return { ...question, metrics: question.metrics.map(kept) };
}

/** Some services have no metrics of their own: third parties, say. */
const withoutMetricsOf =
  (...nodes: string[]) =>
  (question: Case): Case => ({ ...question, metrics: question.metrics.filter(({ node }) => !nodes.includes(node)) });

const only =
  (...metrics: string[]) =>
  (question: Case): Case => ({ ...question, metrics: question.metrics.filter(({ metric }) => metrics.includes(metric)) });

/** What the clients of a service measure of it, as a node between them and the service. */
const viewed: readonly Service[] = booking.flatMap((one) => {
  if (one.node === 'pricing') return [service('pricing (seen by its clients)', 0.0005, { pricing: 1 }), one];
  return one.node === 'basket' ? [{ ...one, calls: { 'pricing (seen by its clients)': 1, ledger: 0.5 } }] : [one];
});

/** A slow climb over the whole history, as a cache that fills or a table that grows brings it: no incident began at the alert. */
function drifting(question: Case): Case {
  const climb = (value: number | null, at: number) => (value === null ? null : Number((value * (1 + 0.006 * at)).toPrecision(5)));
  return { ...question, metrics: question.metrics.map((one) => (one.metric === 'latency' ? { ...one, v: one.v.map(climb) } : one)) };
}

/** Rows are lost now and then, of every series by itself. */
const holey =
  (random: Random, lost: number) =>
  (question: Case): Case => ({
    ...question,
    metrics: question.metrics.map((one) => ({ ...one, v: one.v.map((value) => (random.next() < lost ? null : value)) })),
  });

export function measuredScenes(random: Random): Scene[] {
  const asked: Asked[] = [
    {
      id: 'slow-deep',
      about: 'a store three calls down is slow, and every caller with it',
      alert: slow,
      faults: [{ node: 'inventory-store', slower: 0.12 }],
      expected: { abstain: false, node: 'inventory-store', change: 'none' },
    },
    {
      id: 'slow-middle',
      about: 'a service is slow by itself, what it calls is not',
      alert: slow,
      faults: [{ node: 'search', slower: 0.3 }],
      expected: { abstain: false, node: 'search', change: 'none' },
    },
    {
      id: 'slow-seat',
      about: 'the alerting service itself is slow',
      alert: slow,
      faults: [{ node: 'lobby', slower: 0.4 }],
      expected: { abstain: false, node: 'lobby', change: 'none' },
    },
    {
      id: 'slow-quiet-neighbour',
      about: 'a much called service is slow; a hardly called one is much slower, but hardly felt',
      alert: slow,
      services: booking.map((one) => (one.node === 'ledger' ? { ...one, calls: { 'ledger-store': 0.01 } } : one)),
      faults: [
        { node: 'ranking', slower: 0.35 },
        { node: 'ledger-store', slower: 0.5 },
      ],
      expected: { abstain: false, node: 'ranking', change: 'none' },
    },
    {
      id: 'slow-two-views',
      about: 'one service, seen from its clients and by itself: the deeper view is it',
      alert: slow,
      services: viewed,
      faults: [{ node: 'pricing', slower: 0.9 }],
      expected: { abstain: false, node: 'pricing', change: 'none' },
    },
    {
      id: 'slow-no-history',
      about: 'two rows before the onset are all there is to compare with',
      alert: slow,
      faults: [{ node: 'taxes', slower: 1.2 }],
      change: withoutHistory,
      expected: { abstain: false, node: 'taxes', change: 'none' },
    },
    {
      id: 'slow-holes',
      about: 'a fifth of all values is missing',
      alert: slow,
      faults: [{ node: 'vault', slower: 1.5 }],
      change: holey(random, 0.2),
      expected: { abstain: false, node: 'vault', change: 'none' },
    },
    {
      id: 'slow-latency-only',
      about: 'no traffic is known, only how long things take',
      alert: slow,
      faults: [{ node: 'ranking', slower: 0.5 }],
      change: only('latency'),
      expected: { abstain: false, node: 'ranking', change: 'none' },
    },
    {
      id: 'failing-deep',
      about: 'a store fails part of its calls, and every caller with it',
      alert: failing,
      faults: [{ node: 'ledger-store', failing: 0.3 }],
      expected: { abstain: false, node: 'ledger-store', change: 'none' },
    },
    {
      id: 'failing-middle',
      about: 'a service fails by itself',
      alert: failing,
      faults: [{ node: 'basket', failing: 0.15 }],
      expected: { abstain: false, node: 'basket', change: 'none' },
    },
    {
      id: 'failing-no-history',
      about: 'failures, with two rows before the onset',
      alert: failing,
      faults: [{ node: 'profile', failing: 0.4 }],
      change: withoutHistory,
      expected: { abstain: false, node: 'profile', change: 'none' },
    },
    {
      id: 'failing-two-views',
      about: 'failures of one service, seen from its clients and by itself',
      alert: failing,
      services: viewed,
      faults: [{ node: 'pricing', failing: 0.25 }],
      expected: { abstain: false, node: 'pricing', change: 'none' },
    },
    {
      id: 'slow-in-a-circle',
      about: 'services that call one another in a circle, and calls to nodes nobody measures',
      alert: slow,
      faults: [{ node: 'ranking', slower: 0.6 }],
      change: (question) => ({
        ...question,
        edges: [...question.edges, ['ranking', 'ranking'], ['inventory-store', 'inventory'], ['search', 'nobody']],
      }),
      expected: { abstain: false, node: 'ranking', change: 'none' },
    },
    {
      id: 'slow-unmeasured-leaf',
      about: 'what is slow has no metrics: the one that calls it is the deepest that can be named',
      alert: slow,
      faults: [{ node: 'taxes', slower: 1 }],
      change: withoutMetricsOf('taxes', 'vault'),
      expected: { abstain: false, node: 'pricing', change: 'none' },
    },
    {
      id: 'surge',
      about: 'six times as many visitors, and no processor left',
      alert: slow,
      faults: [{ node: 'lobby', busier: 6 }],
      expected: { abstain: false, causes: ['overload'], change: 'none', actions: ['scale-service'] },
    },
    { id: 'quiet-latency', about: 'nothing is wrong', alert: slow, expected: { abstain: true, change: 'none', actions: ['none'] } },
    { id: 'quiet-availability', about: 'nothing is wrong', alert: failing, expected: { abstain: true, change: 'none', actions: ['none'] } },
    {
      id: 'quiet-noisy',
      about: 'nothing is wrong, and everything trembles',
      alert: slow,
      noise: 0.35,
      expected: { abstain: true, change: 'none' },
    },
    {
      id: 'quiet-drift',
      about: 'it has been climbing for hours, as slowly as before',
      alert: slow,
      change: drifting,
      expected: { abstain: true, change: 'none' },
    },
    {
      id: 'quiet-elsewhere',
      about: 'something is slow that the alerting service never calls',
      alert: { ...slow, node: 'profile' },
      faults: [{ node: 'inventory-store', slower: 0.2 }],
      expected: { abstain: true, change: 'none' },
    },
  ];
  return asked.map((one) => measured(one, random));
}
