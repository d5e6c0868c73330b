/**
 * `npm run demo`: real services, real Prometheus and Alertmanager, four faults, and the agent at work.
 * Exit codes: 0 all scenes ended as they should · 1 one did not, or the demo itself failed · 2 options refused · 130 stopped by a signal.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { createDisplay, type Display } from '../stage/display.ts';
import { type Environment, startEnvironment } from './environment.ts';
import { playScene } from './play-scene.ts';
import { allRight, type DemoRun, renderTable } from './report.ts';
import { scenes } from './scenes/list.ts';
import type { Scene } from './scenes/scene.ts';

interface Options {
  scene?: number;
  repeat: number;
  json?: string;
  keep?: boolean;
}

const cli = new Command('npm run demo --')
  .description(
    'Starts the sandbox, the shop, Prometheus, Alertmanager and the agent on loopback, breaks things, and shows what the agent does.',
  )
  .option('--scene <n>', `play one scene only (1 to ${scenes.length})`, wholeNumber(1, scenes.length))
  .option('--repeat <n>', 'play everything this often, each time from a fresh start', wholeNumber(1, 1000), 1)
  .option('--json <file>', 'write the results as JSON', writableFile)
  .option('--keep', 'leave everything running after the last scene until Ctrl-C')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

async function main(): Promise<number> {
  const options = cli.parse().opts<Options>();
  const display = createDisplay(process.stdout);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) display.print(`\n${signal}: stopping everything …`);
      stop.abort(new Error(signal));
    });
  }
  const chosen = options.scene === undefined ? scenes : scenes.filter((scene) => scene.number === options.scene);
  const runs: DemoRun[] = [];
  display.print('Kintsugi demo: everything below runs on this machine, on loopback only. Four scenes take about two and a half minutes.');
  try {
    for (let repetition = 1; repetition <= options.repeat; repetition += 1) {
      if (options.repeat > 1) display.print(`\nRun ${repetition} of ${options.repeat}`);
      const keep = options.keep === true && repetition === options.repeat;
      runs.push(await playAll(chosen, display, stop.signal, keep));
      if (options.json) writeFileSync(options.json, `${JSON.stringify({ right: allRight(runs), runs }, null, 2)}\n`);
    }
  } catch (error) {
    display.rest();
    if (!stop.signal.aborted) throw error;
    return 130;
  }
  if (options.repeat > 1) summarize(runs, display);
  return allRight(runs) ? 0 : 1;
}

async function playAll(chosen: readonly Scene[], display: Display, signal: AbortSignal, keep: boolean): Promise<DemoRun> {
  const began = Date.now();
  const startedAt = new Date(began).toISOString();
  const environment = await startEnvironment(display, signal);
  try {
    const readySeconds = (Date.now() - began) / 1000;
    const run: DemoRun = {
      startedAt,
      readySeconds,
      totalSeconds: 0,
      agent: { coldStartMs: environment.agent.coldStartMs, residentMiB: await environment.agent.residentMiB() },
      scenes: [],
      strayChanges: [],
    };
    for (const scene of chosen) {
      const result = await playScene(scene, environment, display, signal);
      run.scenes.push(result);
      display.print(`          ${result.right ? 'right' : 'WRONG'}: ${result.why.join('; ')}`);
      if (scene !== chosen.at(-1)) await environment.restore(scene, result.right, display, signal);
    }
    run.strayChanges = await changesOutside(run, environment);
    run.totalSeconds = (Date.now() - began) / 1000;
    display.headline('What came of it (seconds since the fault)');
    display.print(renderTable(run.scenes));
    display.print(
      `ready after ${readySeconds.toFixed(0)} s, ${run.totalSeconds.toFixed(0)} s in all; agent ready in ${run.agent.coldStartMs.toFixed(0)} ms, ${run.agent.residentMiB?.toFixed(0) ?? '?'} MiB at rest`,
    );
    if (run.strayChanges.length > 0) display.print(`WRONG: changes outside the scenes: ${run.strayChanges.join(', ')}`);
    if (keep) await keepRunning(environment, display, signal);
    return run;
  } finally {
    display.rest();
    await environment.stop();
  }
}

/** Nothing the agent changed while no scene was playing may go unseen. */
async function changesOutside(run: DemoRun, environment: Environment): Promise<string[]> {
  const inScenes = new Set(run.scenes.flatMap((scene) => scene.changes.map((change) => change.at)));
  const stray = (await environment.changesSince(0)).filter(({ at }) => !inScenes.has(new Date(at).toISOString()));
  return stray.map(({ operation, service }) => `${operation} on ${service}`);
}

async function keepRunning(environment: Environment, display: Display, signal: AbortSignal): Promise<void> {
  display.headline('Still running; Ctrl-C ends it');
  for (const [name, value] of Object.entries(environment.endpoints)) display.print(`  ${name.padEnd(14)} ${value}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function summarize(runs: readonly DemoRun[], display: Display): void {
  display.headline(`${runs.length} runs`);
  for (const scene of scenes) {
    const results = runs.flatMap((run) => run.scenes.filter((result) => result.number === scene.number));
    if (results.length === 0) continue;
    const acts = results.flatMap((result) => result.webhookToActionSeconds ?? []);
    const slowest = acts.length > 0 ? `, webhook to action at most ${Math.max(...acts).toFixed(1)} s` : '';
    display.print(
      `  ${scene.number}. ${scene.title}: right in ${results.filter((result) => result.right).length} of ${results.length}${slowest}`,
    );
  }
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
  };
}

/** Refused before the first scene rather than after the last. */
function writableFile(path: string): string {
  try {
    closeSync(openSync(path, 'a'));
    return path;
  } catch (error) {
    throw new InvalidArgumentError(`it cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
