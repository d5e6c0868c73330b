/** Rules about what runs. */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { type Body, type Environment, resourcesOf } from '../synthesise.ts';
import { block, blocks, place, type Rule, refersTo } from './rule.ts';

export interface RunningService {
  where: string;
  body: Body;
  definition: Body;
  containers: readonly ContainerDefinition[];
}

export function runningServices({ stacks }: Environment): RunningService[] {
  return stacks.flatMap((stack) =>
    resourcesOf(stack, 'aws_ecs_service').map((service) => {
      const definition =
        resourcesOf(stack, 'aws_ecs_task_definition').find((one) => refersTo(service.body.task_definition, one))?.body ?? {};
      return {
        where: place({ ...service, stack: stack.name }),
        body: service.body,
        definition,
        containers: JSON.parse(String(definition.container_definitions ?? '[]')) as ContainerDefinition[],
      };
    }),
  );
}

const secretName = /(TOKEN|PASSWORD|SECRET|API_KEY|AUDIT_KEY)$/;
const urlWithPassword = /:\/\/[^/@\s:]+:[^/@\s]+@/;

export const serviceRules: readonly Rule[] = [
  {
    id: 'services-roll-back',
    says: 'Every service rolls back a revision that does not come up',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, body }) => {
        const breaker = block(body.deployment_circuit_breaker);
        return breaker.enable === true && breaker.rollback === true ? [] : [`${where} does not roll back`];
      }),
  },
  {
    id: 'counts-are-not-terraforms',
    says: 'An apply never changes how many tasks run',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, body }) => {
        const { ignore_changes: ignored } = block(body.lifecycle);
        return Array.isArray(ignored) && ignored.includes('desired_count') ? [] : [`${where} would be scaled by an apply`];
      }),
  },
  {
    id: 'tasks-are-closed',
    says: 'No task has a public address, and nobody gets a shell in it',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, body }) => [
        ...(block(body.network_configuration).assign_public_ip === false ? [] : [`${where} has public addresses`]),
        ...(body.enable_execute_command === false ? [] : [`${where} lets people in`]),
      ]),
  },
  {
    id: 'tags-reach-tasks',
    says: 'Tasks carry the tags of their service, for rights and experiments look at those',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, body }) =>
        body.propagate_tags === 'SERVICE' ? [] : [`${where} keeps its tags to itself`],
      ),
  },
  {
    id: 'images-are-named',
    says: 'Every container names its image by version or digest; in prod the agent by digest',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, containers }) =>
        containers.flatMap(({ name, image = '' }) => {
          const isNamed = /@sha256:[0-9a-f]{64}$/.test(image) || (/:[\w.-]+$/.test(image) && !image.endsWith(':latest'));
          const isPinned = environment.settings.name !== 'prod' || name !== 'agent' || image.includes('@sha256:');
          return isNamed && isPinned ? [] : [`${where}: ${name} runs ${image}`];
        }),
      ),
  },
  {
    id: 'containers-keep-no-secrets',
    says: 'No secret stands in the environment of a container',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, containers }) =>
        containers.flatMap(({ name, environment: values = [] }) =>
          values
            .filter(({ name: key = '', value = '' }) => secretName.test(key) || urlWithPassword.test(value))
            .map(({ name: key }) => `${where}: ${name} has ${key} in the open`),
        ),
      ),
  },
  {
    id: 'containers-are-hardened',
    says: 'No container is privileged; what is ours cannot write to its image and keeps no capabilities',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, containers }) =>
        containers.flatMap((container) => {
          const isOurs = !where.startsWith('demo: ');
          const isHard =
            container.readonlyRootFilesystem === true && container.linuxParameters?.capabilities?.drop?.includes('ALL') === true;
          return container.privileged !== true && (!isOurs || isHard) ? [] : [`${where}: ${container.name} may do more than it needs`];
        }),
      ),
  },
  {
    id: 'containers-write-logs',
    says: 'Every container writes its lines to the group of its service',
    faults: (environment) =>
      runningServices(environment).flatMap(({ where, containers }) =>
        containers.flatMap(({ name, logConfiguration }) =>
          logConfiguration?.logDriver === 'awslogs' && logConfiguration.options?.['awslogs-group'] ? [] : [`${where}: ${name} is mute`],
        ),
      ),
  },
  {
    id: 'everything-is-tagged',
    says: 'Every stack tags what it makes with application, environment and stack',
    faults: ({ stacks, settings }) =>
      stacks.flatMap(({ name, json }) => {
        const providers = blocks(block(json.provider).aws);
        const tags = providers.map((provider) => block(block(provider.default_tags).tags));
        const isTagged =
          tags.length > 0 && tags.every((tag) => tag.application === 'kintsugi' && tag.environment === settings.name && tag.stack === name);
        return isTagged ? [] : [`${name}: what it makes is not tagged`];
      }),
  },
  {
    id: 'told-before-asked',
    says: 'A stack asks only for what an earlier one has told',
    faults: ({ stacks }) => {
      const told = new Set<unknown>();
      return stacks.flatMap((stack) => {
        const asked = Object.values((block(stack.json.data).aws_ssm_parameter ?? {}) as Record<string, Body>).map((body) => body.name);
        const unknown = asked.filter((name) => !told.has(name));
        for (const { body } of resourcesOf(stack, 'aws_ssm_parameter')) told.add(body.name);
        return unknown.map((name) => `${stack.name}: asks for ${name}, which nobody has told by then`);
      });
    },
  },
];
