/**
 * A stage on AWS: one tagged cluster that is there already, with an agent and a Prometheus that are there already. Nothing is started or stopped. A cluster
 * or a service without the tag is refused before anything is done to it.
 */
import { DescribeClustersCommand, DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { createAgentApi } from './agent-api.ts';
import { createCluster } from './cluster.ts';
import { type ClientConfig, ClusterControl } from './cluster-control.ts';
import { createObserver } from './observed-changes.ts';
import { type Stage, writtenAtPace } from './stage.ts';
import { untilWell } from './well.ts';

/** What faults may be done to says so by this tag. */
export const allowedTag = { key: 'kintsugi:chaos', value: 'allowed' } as const;

/** Durations are AWS's own. */
const pace = 1;
const wellWithinMs = 30 * 60_000;
/** The users' view needs several scrapes, 15 s apart. */
const viewWindowSeconds = 120;

export interface AwsPlace {
  cluster: string;
  prometheusUrl: string;
  agentUrl: string;
  agentToken: string;
  /** Where users arrive. */
  edge: string;
}

export interface AwsStageOptions {
  place: AwsPlace;
  /** Services faults may strike. */
  blast: readonly string[];
  /** Left empty, all of it comes from the SDK's own environment variables. */
  clientConfig?: ClientConfig;
  signal: AbortSignal;
}

export async function startAwsStage({ place, blast, clientConfig = {}, signal }: AwsStageOptions): Promise<Stage> {
  const control = new ClusterControl(place.cluster, clientConfig, () => {
    throw new Error('load is sent to loopback addresses only');
  });
  try {
    await refuseUntagged(control, blast);
    return await attach(control, place, signal);
  } catch (error) {
    control.close();
    throw error;
  }
}

async function attach(
  control: ClusterControl,
  { prometheusUrl, agentUrl, agentToken, edge }: AwsPlace,
  signal: AbortSignal,
): Promise<Stage> {
  const observer = createObserver(control);
  const plain = createCluster(prometheusUrl, control, { caretaker: 'agent', changesSince: observer.changesSince }, viewWindowSeconds);
  const cluster = {
    ...plain,
    async look() {
      observer.note(await control.services(), Date.now());
      return plain.look();
    },
  };
  const isWell = (abort: AbortSignal) =>
    untilWell({ clusters: [cluster], prometheusUrl, edge, withinMs: wellWithinMs, isQuiet: true, signal: abort });
  await isWell(signal);
  return {
    where: 'aws',
    pace,
    seconds: (written) => (written * 1000 * writtenAtPace) / pace,
    clusters: [cluster],
    agent: {
      api: createAgentApi(agentUrl, agentToken),
      isRunning: () => true,
      kill: () => Promise.reject(new Error('the agent of this stage is not ours to kill')),
      startAgain: () => Promise.resolve(),
      logPath: null,
    },
    prometheusUrl,
    untilWell: isWell,
    stop: async () => control.close(),
  };
}

async function refuseUntagged({ clients: { ecs }, cluster }: ClusterControl, blast: readonly string[]): Promise<void> {
  const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster], include: ['TAGS'] }));
  if (!isAllowed(clusters[0]?.tags))
    throw new Error(`cluster ${cluster} does not carry the tag ${allowedTag.key}=${allowedTag.value}: refused`);
  for (const name of blast) {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [name], include: ['TAGS'] }));
    if (!isAllowed(services[0]?.tags)) {
      throw new Error(`service ${name} of ${cluster} does not carry the tag ${allowedTag.key}=${allowedTag.value}: refused`);
    }
  }
}

function isAllowed(tags: readonly { key?: string | undefined; value?: string | undefined }[] | undefined): boolean {
  return tags?.some(({ key, value }) => key === allowedTag.key && value === allowedTag.value) ?? false;
}
