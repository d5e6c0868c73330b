/**
 * Plays one experiment in all clusters of a stage: steady state, method, watching, and whatever was done taken back. It answers what was seen and judges
 * nothing. A fault that cannot be put in makes the answer `broken`, never an exception: what was put in before is taken back all the same.
 */
import { createRandom } from '../crash/random.ts';
import { pause } from '../stage/pause.ts';
import type { Stage, StageCluster } from '../stage/stage.ts';
import { createAbortWatch } from './abort-watch.ts';
import { areSteady, isOver } from './ending.ts';
import { type AgentFacts, createFollower, type Follower } from './follower.ts';
import type { BoundAction, BoundExperiment } from './format/bind.ts';
import type { Played, PlayedCluster, Step } from './played.ts';
import type { TakeBack } from './providers/provider.ts';
import { createWatcher, isWithin, type Watcher } from './watcher.ts';

export interface PlayOptions {
  bound: BoundExperiment;
  stage: Stage;
  /** The same seed, the same choices in every cluster. */
  seed: number;
  signal: AbortSignal;
  /** Told what is being done. */
  onStep: (what: string) => void;
}

/** Seconds between two looks, as written: about one scrape. */
const betweenLooks = 1;
/** Seconds the clusters get to be as the hypothesis says. */
const steadyWithin = 30;
const noFacts: AgentFacts = { incidents: [], alerts: [], audit: [], modelCostUsd: 0 };

export async function play(options: PlayOptions): Promise<Played> {
  const run = new Run(options, await createFollower(options.stage.agent));
  let broken: string | null = null;
  let facts = noFacts;
  let clusters: PlayedCluster[] = [];
  try {
    await run.untilSteady();
    await run.strikeAndWatch();
  } catch (error) {
    broken = reasonOf(error);
  }
  run.end();
  try {
    facts = await run.follower.facts();
    clusters = await run.clusters();
  } catch (error) {
    broken ??= reasonOf(error);
  }
  await run.takeBack();
  options.signal.throwIfAborted();
  const { startedAt, began, ended, aborted, steps } = run;
  return { startedAt, began, ended, aborted, broken, steps, clusters, ...facts, bundle: null };
}

/** One experiment under way. */
class Run {
  readonly follower: Follower;
  readonly steps: Step[] = [];
  readonly startedAt = Date.now();
  began = this.startedAt;
  ended = this.startedAt;
  aborted: string | null = null;
  readonly #options: PlayOptions;
  readonly #watcher: Watcher;
  /** Ends what goes on in the background. */
  readonly #over = new AbortController();
  /** Newest last. */
  readonly #takeBacks: { name: string; takeBack: TakeBack }[] = [];
  #isMethodDone = false;
  #failure: unknown;

  constructor(options: PlayOptions, follower: Follower) {
    this.#options = options;
    this.follower = follower;
    this.#watcher = createWatcher(options.stage, options.bound.steadyState);
  }

  /** Every cluster within the hypothesis for some looks in a row. */
  async untilSteady(): Promise<void> {
    const { stage, signal, bound, onStep } = this.#options;
    onStep('waiting for the steady state');
    for (const deadline = Date.now() + stage.seconds(steadyWithin); ; ) {
      await this.#watcher.look();
      if (stage.clusters.every((cluster) => areSteady(this.#watcher.looks(cluster)))) return;
      if (Date.now() > deadline) {
        throw new Error(`not steady before the fault, as in "${bound.experiment['steady-state-hypothesis'].title}"`);
      }
      await pause(stage.seconds(betweenLooks), signal);
    }
  }

  async strikeAndWatch(): Promise<void> {
    this.began = Date.now();
    const method = this.#method().then(
      () => {
        this.#isMethodDone = true;
      },
      (error: unknown) => {
        this.#failure = error;
      },
    );
    try {
      await this.#watch();
    } finally {
      this.end();
      // What is under way gives its take-back, or fails for the end of the experiment.
      await method;
    }
  }

  end(): void {
    if (this.#over.signal.aborted) return;
    this.ended = Date.now();
    this.#over.abort(new Error('the experiment is over'));
  }

  async clusters(): Promise<PlayedCluster[]> {
    return Promise.all(
      this.#options.stage.clusters.map(async (cluster) => ({
        caretaker: cluster.caretaker,
        looks: [...this.#watcher.looks(cluster)],
        changes: (await cluster.changesSince(this.began)).filter(({ at }) => at <= this.ended),
      })),
    );
  }

  /** Newest first, then the rollbacks the experiment names. What fails is written down and the rest goes on. */
  async takeBack(): Promise<void> {
    const { bound, onStep } = this.#options;
    onStep('taking everything back');
    for (const { name, takeBack } of this.#takeBacks.splice(0).reverse()) await this.#try(`taking back "${name}"`, takeBack);
    for (const action of bound.rollbacks) await this.#try(action.name, () => this.#perform(action, new AbortController().signal));
  }

  async #try(what: string, step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.steps.push({ at: Date.now(), text: `${what} failed: ${reasonOf(error)}` });
    }
  }

  async #method(): Promise<void> {
    const { signal } = this.#over;
    for (const action of this.#options.bound.method) {
      await this.#pause(action.before);
      this.steps.push({ at: Date.now(), text: action.name });
      this.#options.onStep(action.name);
      const performing = this.#perform(action, signal);
      if (!action.isBackground) await performing;
      else {
        performing.catch((error: unknown) => {
          if (!signal.aborted) this.#failure = error;
        });
      }
      await this.#pause(action.after);
    }
  }

  async #pause(seconds: number): Promise<void> {
    if (seconds > 0) await pause(this.#options.stage.seconds(seconds), this.#over.signal);
  }

  /** In every cluster at once, or once for all, with the same chance in each. */
  async #perform({ function: { run, scope }, given, name }: BoundAction, signal: AbortSignal): Promise<void> {
    const { stage, seed } = this.#options;
    const clusters = scope === 'once' ? stage.clusters.filter(({ caretaker }) => caretaker === 'agent') : stage.clusters;
    const results = await Promise.allSettled(
      clusters.map(async (cluster) => {
        const takeBack = await run(given, { stage, cluster, signal, random: createRandom(seed).next });
        if (takeBack) this.#takeBacks.push({ name: `${name} in ${cluster.control.cluster}`, takeBack });
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw new Error(`"${name}" could not be done: ${reasonOf(failed.reason)}`, { cause: failed.reason });
  }

  async #watch(): Promise<void> {
    const { stage, bound, signal } = this.#options;
    const abortWatch = createAbortWatch(bound.abort, stage.seconds(bound.judgement.abort.seconds));
    const [watched] = stage.clusters;
    if (!watched) throw new Error('the stage has no cluster');
    for (;;) {
      signal.throwIfAborted();
      const [readings] = await Promise.all([
        Promise.all(bound.abort.map((probe) => isWithin(probe, stage, watched))),
        this.#watcher.look(),
        this.follower.look(),
      ]);
      if (this.#failure !== undefined) throw this.#failure;
      this.aborted = abortWatch.look(readings, Date.now());
      if (this.aborted !== null || this.#isOver(watched)) return;
      await pause(stage.seconds(betweenLooks), signal);
    }
  }

  #isOver(watched: StageCluster): boolean {
    const { stage, bound } = this.#options;
    const restarter = stage.clusters.find(({ caretaker }) => caretaker === 'restarter');
    const now = Date.now();
    return isOver({
      kind: bound.judgement.kind,
      elapsedMs: now - this.began,
      timeLimitMs: stage.seconds(bound.judgement.timeLimit),
      isMethodDone: this.#isMethodDone,
      incidents: this.follower.incidents(),
      quietMs: now - this.follower.lastWordAt(),
      looks: this.#since(watched),
      restarterLooks: restarter && this.#since(restarter),
      secondMs: stage.seconds(1),
    });
  }

  #since(cluster: StageCluster) {
    return this.#watcher.looks(cluster).filter(({ at }) => at > this.began);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
