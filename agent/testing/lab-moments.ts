/**
 * Watches the ports of a running agent and names the moments of each incident's run as they pass: `analyst.entered`, `effect-made`.
 * What each means is in the table of `chaos/crash/moments.ts`. It changes nothing of what passes through.
 */
import type { Server } from 'node:http';
import { getConfig } from '@langchain/langgraph';
import type { Wiring } from '../app.ts';
import type { SortSlice } from '../intake/notification-store.ts';

/**
 * Called in the middle of the moment: when it ends the process, nothing after the moment has happened. Where a call is about to be made,
 * it may answer a promise that holds the call back.
 */
export type OnMoment = (moment: string, cluster: string) => Promise<void> | undefined;

interface Run {
  /** Each incident of the laboratory has a cluster of its own. */
  cluster: string;
  /** The node whose body has ended and whose checkpoint is not on disk yet. */
  ended: string | null;
  hasChanged: boolean;
  /** Results of nodes that are on their way to the disk. */
  writing: Promise<void>[];
}

type Method = (...args: unknown[]) => unknown;
interface Watch {
  before?(args: unknown[]): Promise<void> | undefined;
  after?(answer: unknown, args: unknown[]): unknown;
  around?(call: Promise<unknown>, args: unknown[]): void;
}

export function watchMoments(passed: OnMoment): NonNullable<Wiring['port']> {
  const runs = new Map<string, Run>();
  const claimed = new Set<string>();

  /** The thread id and the key of a change both begin with the incident's id. */
  const runOf = (text: unknown): Run | undefined => runs.get(/^[^/@]*/.exec(String(text))?.[0] ?? '');
  const threadOf = (config: unknown) => (config as { configurable?: { thread_id?: string } } | undefined)?.configurable?.thread_id;
  const pass = (moment: string, run: Run | undefined) => run && passed(moment, run.cluster);

  const watches: Record<string, Record<string, Watch>> = {
    notifications: {
      accept: {
        before: ([notification]) => passed('receive.unwritten', clusterOfBody(notification)),
        after: (_, [notification]) => passed('receive.written', clusterOfBody(notification)),
      },
      sort: {
        before: ([slices]) => firstOf(clustersOfSlices(slices).map((cluster) => passed('receive.unsorted', cluster))),
        after: (_, [slices]) => firstOf(clustersOfSlices(slices).map((cluster) => passed('receive.sorted', cluster))),
      },
    },
    incidents: {
      claim: {
        after(answer) {
          for (const lease of [answer].flat()) if (lease) claimed.add((lease as { incidentId: string }).incidentId);
        },
      },
      get: {
        after(answer) {
          const incident = answer as { id: string; resource: { cluster: string } } | undefined;
          if (!incident) return;
          const run = runs.get(incident.id) ?? { cluster: incident.resource.cluster, ended: null, hasChanged: false, writing: [] };
          runs.set(incident.id, run);
          if (claimed.delete(incident.id)) pass('claimed', run);
        },
      },
      setStatus: { after: (_, args) => args.includes('awaiting-approval') && pass('asked', runOfArgs(args)) },
      close: { after: (_, args) => pass('closed', runOfArgs(args)) },
    },
    actions: {
      intend: {
        after(_, args) {
          const { incidentId, step } = args.find((arg) => typeof arg === 'object' && arg !== null && 'step' in arg) as Record<
            string,
            string
          >;
          pass(step === 'undo' ? 'undo-intended' : 'intended', runOf(incidentId));
        },
      },
      finish: {
        after(_, args) {
          const run = runOfArgs(args);
          pass('outcome-written', run);
          if (run && args.includes('done')) run.hasChanged = true;
        },
      },
    },
    action: {
      execute: {
        before: ([plan]) => passed('effect-next', clusterOfPlan(plan)),
        after: (_, [plan]) => passed('effect-made', clusterOfPlan(plan)),
      },
      undo: {
        before: ([plan]) => passed('undo-next', clusterOfPlan(plan)),
        after: (_, [plan]) => passed('undo-made', clusterOfPlan(plan)),
      },
    },
    saver: {
      putWrites: {
        around(call, [config]) {
          const run = runOf(threadOf(config));
          const written = () => {
            if (run?.ended) pass(`${run.ended}.written`, run);
          };
          // That a write failed is told to whoever made it.
          const writing = call.then(written, () => undefined);
          run?.writing.push(writing);
        },
      },
      put: {
        // They may well be written in either order or at once; here the checkpoint comes last, so that there is a moment in between.
        before([config]) {
          const writing = runOf(threadOf(config))?.writing.splice(0) ?? [];
          return writing.length > 0 ? Promise.allSettled(writing).then(() => undefined) : undefined;
        },
        after(_, [config]) {
          const run = runOf(threadOf(config));
          if (!run?.ended) return;
          const moment = `${run.ended}.checkpointed`;
          run.ended = null;
          pass(moment, run);
        },
      },
    },
  };

  /** Some calls name the incident, some the lease it is held by, some the change's key. */
  function runOfArgs(args: unknown[]): Run | undefined {
    for (const arg of args) {
      const id = typeof arg === 'object' && arg !== null && 'incidentId' in arg ? arg.incidentId : arg;
      const run = typeof id === 'string' ? runOf(id) : undefined;
      if (run) return run;
    }
    return undefined;
  }

  function timerOfNodes(histogram: { startTimer(labels: { node: string }): (end: { result: string }) => number }) {
    return (labels: { node: string }) => {
      const stop = histogram.startTimer(labels);
      const run = runOf(threadOf(getConfig()));
      // The undo is the remediation's second visit.
      const node = labels.node === 'remediation' && run?.hasChanged ? 'undo' : labels.node;
      pass(`${node}.entered`, run);
      return (end: { result: string }) => {
        const seconds = stop(end);
        if (run && end.result === 'ok') {
          run.ended = node;
          pass(`${node}.done`, run);
        }
        return seconds;
      };
    };
  }

  return (name, port) => {
    if (name === 'server') {
      watchAnswers(port as unknown as Server, passed);
      return port;
    }
    if (name === 'metrics') {
      const metrics = port as unknown as { nodeSeconds: Parameters<typeof timerOfNodes>[0] };
      const startTimer = timerOfNodes(metrics.nodeSeconds);
      return { ...port, nodeSeconds: { ...metrics.nodeSeconds, startTimer } };
    }
    const watched = watches[name];
    return watched ? observed(port, watched) : port;
  };
}

function observed<Port extends object>(port: Port, watches: Record<string, Watch>): Port {
  return new Proxy(port, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key, target);
      if (typeof method !== 'function') return method;
      const watch = Object.hasOwn(watches, key) ? watches[String(key)] : undefined;
      return (...args: unknown[]) => {
        const held = watch?.before?.(args);
        const call = () => (method as Method).apply(target, args);
        const answer = held ? held.then(call) : call();
        if (watch?.around && answer instanceof Promise) watch.around(answer, args);
        if (!watch?.after) return answer;
        if (!(answer instanceof Promise)) {
          watch.after(answer, args);
          return answer;
        }
        return answer.then((value: unknown) => {
          watch.after?.(value, args);
          return value;
        });
      };
    },
  });
}

/** Which notification an answer belongs to is not seen here; the laboratory sends one at a time where it matters. */
function watchAnswers(server: Server, passed: OnMoment): void {
  server.prependListener('request', (request, response) => {
    if (!request.url?.startsWith('/webhooks/')) return;
    response.once('finish', () => {
      if (response.statusCode === 202) passed('receive.answered', '');
    });
  });
}

function clusterOfBody(notification: unknown): string {
  const { body } = notification as { body: Buffer };
  const parsed = JSON.parse(body.toString()) as { alerts?: { labels?: Record<string, string> }[] };
  return parsed.alerts?.[0]?.labels?.ecs_cluster ?? '';
}

function clustersOfSlices(slices: unknown): string[] {
  return (slices as SortSlice[]).flatMap(({ alerts }) => alerts.map(({ alert }) => alert.labels.ecs_cluster ?? ''));
}

function firstOf(answers: (Promise<void> | undefined)[]): Promise<void> | undefined {
  return answers.find((answer) => answer !== undefined);
}

function clusterOfPlan(plan: unknown): string {
  return (plan as { target: { cluster: string } }).target.cluster;
}
