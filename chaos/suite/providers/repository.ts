/** What a developer does: pushes to the main branch, whose pipeline brings it out. */
import { z } from 'zod';
import type { ClusterRepository } from '../../stage/repository.ts';
import { deployFileOf, fileOf } from '../../stage/repository.ts';
import type { StageCluster } from '../../stage/stage.ts';
import { action, type ProviderModule } from './provider.ts';

const Text = z.string().max(20_000);

const Push = z.strictObject({
  message: z.string().min(1).max(10_000),
  author: z.strictObject({ name: z.string().min(1), email: z.string().min(3) }).optional(),
  /** Whole new text by path. Task definitions are changed by `release`, so that what is struck is known. */
  files: z.record(z.string().regex(/^(?!deploy\/)\w[\w.-]*(\/\w[\w.-]*)*$/, 'a path outside of deploy/'), Text).default({}),
  /** What the same commit changes in the task definition of a service: its image, or variables of its environment. */
  release: z
    .strictObject({
      service: z.string().min(1),
      image: z.string().min(1).optional(),
      environment: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});
type Push = z.infer<typeof Push>;

const push = action({
  arguments: Push,
  strikes: ({ release }: Push) => (release ? [release.service] : []),
  scope: 'each-cluster',
  async run({ message, author, files, release }: Push, { cluster, stage, signal }) {
    const repository = repositoryOf(cluster);
    if (!release) {
      await repository.push({ message, author, files });
      return undefined;
    }
    const { service, ...change } = release;
    const { control } = cluster;
    const before = (await control.service(service)).taskDefinition ?? '';
    const path = deployFileOf(service);
    const changed = changedDefinition(await repository.read(path), change);
    await repository.push({ message, author, files: { ...files, [path]: changed } });
    await untilDeployed(cluster, service, before, stage.seconds(deployedWithin), signal);
    // The commit stays, as it does where somebody goes back in a hurry: the repository is put right in the next working hours.
    return async () => {
      if ((await control.service(service)).taskDefinition !== before) await control.deploy(service, before);
    };
  },
});

export const repository: ProviderModule = { name: 'repository', actions: { push }, probes: {} };

/** Seconds, as everywhere in an experiment. */
const deployedWithin = 20;
const lookEveryMs = 100;

function repositoryOf({ repository, control }: StageCluster): ClusterRepository {
  if (!repository) throw new Error(`cluster ${control.cluster} has no repository on this stage`);
  return repository;
}

const Definition = z.looseObject({
  containerDefinitions: z
    .array(z.looseObject({ image: z.string(), environment: z.array(z.looseObject({ name: z.string() })).default([]) }))
    .min(1),
});

/** The first container is the service; the stages' services have one. */
export function changedDefinition(text: string, { image, environment = {} }: Omit<NonNullable<Push['release']>, 'service'>): string {
  const definition = Definition.parse(JSON.parse(text));
  const [first, ...others] = definition.containerDefinitions;
  if (!first) return text;
  const kept = first.environment.filter((variable) => !Object.hasOwn(environment, variable.name));
  const set = Object.entries(environment).map(([variable, value]) => ({ name: variable, value }));
  const container = { ...first, ...(image !== undefined && { image }), environment: [...kept, ...set] };
  return fileOf({ ...definition, containerDefinitions: [container, ...others] });
}

/** The pipeline runs after the push was answered; what comes next in an experiment comes after the release. */
async function untilDeployed(
  { control }: StageCluster,
  service: string,
  before: string,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while ((await control.service(service)).taskDefinition === before) {
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`the pipeline did not bring ${service} out in cluster ${control.cluster}`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
