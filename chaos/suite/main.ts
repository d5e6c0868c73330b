/**
 * `npm run chaos`: breaks real processes in every way the experiments know, lets the agent work, and says what came of it.
 * Exit codes: 0 everything came out as it should · 1 something did not, or could not be played · 2 options or experiments refused · 130 stopped by a signal.
 */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { writeScorecard } from '../scorecard/write-scorecard.ts';
import { repository } from '../stage/agent-process.ts';
import { createDisplay, type Display } from '../stage/display.ts';
import type { Caretaker } from '../stage/stage.ts';
import { type Chosen, choose } from './choose.ts';
import { ExperimentsRefused, loadExperiments } from './format/load.ts';
import { type Listed, playAll } from './lanes.ts';
import { outcomeIn } from './outcome.ts';
import { commitOf, keepPlan, type Plan } from './plan.ts';
import { duration, progressLine } from './progress.ts';
import { providers } from './providers/index.ts';

interface Options {
  only?: string[];
  tags?: string[];
  experiments: string[];
  stage: 'sandbox' | 'compose' | 'aws';
  repeat: number;
  seed: number;
  lanes?: number;
  agent: boolean;
  baselines: boolean;
  monitoring: string;
  cluster: string;
  prometheus: string;
  agentUrl: string;
  out?: string;
  resume?: boolean;
  list?: boolean;
}

const list = (text: string) => text.split(',').map((word) => word.trim());
const cli = new Command('npm run chaos --')
  .description('Breaks real processes in every way the experiments know, lets the agent work, and says what came of it.')
  .option('--only <names>', 'experiments to play, joined by commas', list)
  .option('--tags <tags>', 'only experiments with one of these tags', list)
  .option('--experiments <folder...>', 'where experiments lie', [join(repository, 'chaos', 'experiments')])
  .addOption(new Option('--stage <where>', 'where they are played').choices(['sandbox', 'compose', 'aws']).default('sandbox'))
  .option('--repeat <n>', 'play everything this often', wholeNumber(1, 100), 1)
  .option('--seed <n>', 'the same seed, the same choices and the same order', wholeNumber(0, 2 ** 31), 1)
  .option('--lanes <n>', 'how many are played at a time; default: one for every two cores', wholeNumber(1, 16))
  .option('--no-agent', 'play without the agent, for the baselines alone')
  .option('--no-baselines', 'play with the agent alone: faster, and nothing to compare with')
  .option('--monitoring <folder>', 'compose: where its configuration and tokens lie', '/monitoring')
  .option('--cluster <name>', 'aws: the cluster, which carries the tag kintsugi:chaos=allowed', '')
  .option('--prometheus <url>', 'aws: the Prometheus that scrapes it', '')
  .option('--agent-url <url>', 'aws: the agent that watches it; its token is read from KINTSUGI_API_TOKEN', '')
  .option('--out <folder>', 'where the records go; default: test-results/chaos/<time>')
  .option('--resume', 'with --out of a run that was stopped: play what has no record yet')
  .option('--list', 'say which experiments there are, and play none')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

/** First guess of how long one takes, until some have been played. */
const guessMs = 65_000;
/** A stage with its three clusters keeps more than one core busy; slowed down, services that are well would look ill. */
const coresPerLane = 2;
/** Time for the stage to come up and to go. */
const aroundMs = 240_000;
/** Real seconds for one second as written, at most: AWS's own pace. */
const slowestPace = 30;

async function main(): Promise<number> {
  const options = cli.parse().opts<Options>();
  const display = createDisplay(process.stdout);
  let chosen: Chosen[];
  try {
    chosen = choose(
      await loadExperiments(
        options.experiments.map((folder) => resolve(folder)),
        providers,
      ),
      options,
    );
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (options.list) {
    for (const { experiment } of chosen)
      display.print(`${experiment.name.padEnd(14)} ${experiment.judgement.kind.padEnd(10)} ${experiment.experiment.title}`);
    return 0;
  }
  const caretakers = caretakersOf(options);
  if (caretakers.length === 0) return refuse('--no-agent and --no-baselines together leave nobody to watch');
  const plan: Plan = { seed: options.seed, repeat: options.repeat, stage: options.stage, caretakers, commit: commitOf(repository) };
  const out = resolve(options.out ?? join('test-results', 'chaos', new Date().toISOString().replaceAll(/[:.]/g, '-')));
  const problem = await keepPlan(out, plan, options.resume === true);
  if (problem) return refuse(problem);
  const listed = chosen.map((one) => listedOf(one, plan, out, options, caretakers));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) display.print(`\n${signal}: stopping everything …`);
      stop.abort(new Error(signal));
    });
  }
  try {
    return await playListed(listed, out, options, display, stop.signal);
  } catch (error) {
    display.rest();
    if (!stop.signal.aborted) throw error;
    display.print(`Go on with: npm run chaos -- --resume --out ${out}`);
    return 130;
  }
}

async function playListed(
  listed: readonly Listed[],
  out: string,
  options: Options,
  display: Display,
  signal: AbortSignal,
): Promise<number> {
  const began = Date.now();
  const left = listed.filter(({ order }) => !options.resume || outcomeIn(order.out)?.isPlayed !== true);
  // Experiments on shared stages would disturb one another.
  const most = options.stage === 'sandbox' ? (options.lanes ?? Math.max(1, Math.floor(availableParallelism() / coresPerLane))) : 1;
  const lanes = Math.max(1, Math.min(most, left.length));
  const doing = new Map<Listed, { what: string; since: number }>();
  let [done, good] = [0, 0];
  display.print(`${left.length} experiments, ${lanes} at a time, about ${duration((left.length * guessMs) / lanes)}. Records: ${out}`);
  display.waiting(() =>
    progressLine({
      total: left.length,
      done,
      good,
      doing: [...doing].map(([{ title }, { what, since }]) => `${title}: ${what} (${Math.round((Date.now() - since) / 1000)} s)`),
      elapsedMs: Date.now() - began,
      guessMs,
      lanes,
    }),
  );
  let unplayed = 0;
  await playAll(
    left,
    lanes,
    {
      onWord(one, what) {
        doing.set(one, { what, since: doing.get(one)?.since ?? Date.now() });
      },
      onDone(one, failure) {
        doing.delete(one);
        done += 1;
        const outcome = outcomeIn(one.order.out);
        if (!outcome?.isPlayed) unplayed += 1;
        if (outcome?.isGood) good += 1;
        const seconds = ((Date.now() - began) / 1000).toFixed(0).padStart(5);
        display.print(`${seconds} s  ${one.title.padEnd(18)} ${outcome?.text ?? `NOT PLAYED: ${failure}`}`);
      },
    },
    signal,
  );
  display.rest();
  const card = writeScorecard(out);
  display.print(
    `\n${good} of ${done} as they should, in ${duration(Date.now() - began)}. Scorecard: ${join(out, 'scorecard.md')}, scorecard.html, scorecard.json`,
  );
  if (unplayed > 0) display.print(`${unplayed} could not be played; --resume --out ${out} tries them again.`);
  return card.good && unplayed === 0 ? 0 : 1;
}

function listedOf({ experiment, repeat }: Chosen, plan: Plan, out: string, options: Options, caretakers: Caretaker[]): Listed {
  const title = options.repeat > 1 ? `${experiment.name}.${repeat}` : experiment.name;
  const pace = options.stage === 'aws' ? slowestPace : 1;
  return {
    title,
    longestMs: pace * (aroundMs + experiment.judgement.timeLimit * 1000),
    order: {
      experiment: experiment.folder,
      out: join(out, `${experiment.name}.${repeat}`),
      stage: options.stage,
      place: {
        monitoring: options.monitoring,
        cluster: options.cluster,
        prometheusUrl: options.prometheus,
        agentUrl: options.agentUrl,
      },
      caretakers,
      repeat,
      seed: plan.seed,
      commit: plan.commit,
    },
  };
}

function caretakersOf({ agent, baselines, stage }: Options): Caretaker[] {
  // Elsewhere there is one cluster, and it is not ours to double.
  const withBaselines = baselines && stage === 'sandbox';
  return [...(agent ? (['agent'] as const) : []), ...(withBaselines ? (['nobody', 'restarter'] as const) : [])];
}

function refuse(reason: string): number {
  console.error(reason);
  return 2;
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
  };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof ExperimentsRefused ? error.message : error);
    process.exit(1);
  },
);
