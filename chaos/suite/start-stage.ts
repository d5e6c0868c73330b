/** The stage an order names, with what its experiment needs. */
import { join } from 'node:path';
import { type AwsPlace, startAwsStage } from '../stage/aws-stage.ts';
import { startComposeStage } from '../stage/compose-stage.ts';
import { sandboxPace, startSandboxStage } from '../stage/sandbox-stage.ts';
import type { Stage } from '../stage/stage.ts';
import { suiteSettings } from '../stage/suite-settings.ts';
import type { BoundExperiment } from './format/bind.ts';
import type { Order, Place } from './order.ts';
import { seedOf } from './seed.ts';

/** Before the stage is looked at; until it is well, the agent up and the steady state seen, as much again passes as the agent compares with. */
const baselineSeconds = 12;
/** Into each cluster. With fewer, the rarest route fails too seldom for the agent to tell it from chance. */
const shoppersPerSecond = 25;
/** Modules that reach between the agent and what it asks. */
const needFriends = ['friend', 'agent'];

export async function startStage(
  bound: BoundExperiment,
  order: Order,
  onStep: (what: string) => void,
  signal: AbortSignal,
): Promise<Stage> {
  const { name, modules, judgement, experiment } = bound;
  switch (order.stage) {
    case 'sandbox':
      return startSandboxStage({
        caretakers: order.caretakers,
        hasSurroundings: true,
        hasRepository: modules.has('repository'),
        hasFriends: needFriends.some((module) => modules.has(module)),
        hasCpuLimits: experiment.tags.includes('cpu'),
        agentSettings: { ...suiteSettings(sandboxPace), ...judgement.agent },
        agentLogPath: join(order.out, 'agent.log'),
        baselineSeconds,
        shoppersPerSecond,
        name: 'kintsugi-chaos',
        seed: seedOf(order.seed, order.repeat, name) % 1_000_000,
        onStep,
        signal,
      });
    case 'compose':
      return startComposeStage(join(order.place.monitoring, 'kintsugi-api-token'), signal);
    case 'aws':
      return startAwsStage({ place: awsPlace(order.place, judgement.feltAt), blast: judgement.blast.services, signal });
  }
}

/** The token is no argument, for everybody on the machine reads those of a process. */
function awsPlace({ cluster, prometheusUrl, agentUrl }: Place, edge: string): AwsPlace {
  const agentToken = process.env.KINTSUGI_API_TOKEN ?? '';
  const missing = Object.entries({
    '--cluster': cluster,
    '--prometheus': prometheusUrl,
    '--agent-url': agentUrl,
    KINTSUGI_API_TOKEN: agentToken,
  })
    .filter(([, value]) => value === '')
    .map(([name]) => name);
  if (missing.length > 0) throw new Error(`the stage on AWS needs ${missing.join(', ')}`);
  return { cluster, prometheusUrl, agentUrl, agentToken, edge };
}
