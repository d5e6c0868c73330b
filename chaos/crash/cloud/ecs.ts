/** ECS as far as a roll-back needs it: one service a cluster, whose rollouts are over at once. */
import { type Operations, ServiceException } from '../../sandbox/wire/operation.ts';
import { running, type Service, type World } from './world.ts';

const account = 'arn:aws:ecs:eu-west-1:000000000000';
const taskCount = 2;

export function ecsOperations(world: World): Operations {
  const serviceOf = (cluster: unknown): Service => {
    const service = world.services.get(String(cluster));
    if (!service) throw new ServiceException('ClusterNotFoundException', 'Cluster not found.');
    return service;
  };
  return {
    ListServices: ({ cluster }) => ({ serviceArns: [`${account}:service/${String(cluster)}/${serviceOf(cluster).name}`] }),
    DescribeServices: ({ cluster, services }) => {
      const service = serviceOf(cluster);
      const asked = (services as string[]).map((name) => name.split('/').at(-1) ?? '');
      return {
        services: asked.includes(service.name) ? [describe(service)] : [],
        failures: asked.filter((name) => name !== service.name).map((name) => ({ arn: name, reason: 'MISSING' })),
      };
    },
    ListTasks: ({ cluster, desiredStatus }) => ({ taskArns: desiredStatus === 'STOPPED' ? [] : taskArns(serviceOf(cluster)) }),
    DescribeTasks: ({ cluster, tasks }) => ({
      tasks: (tasks as string[]).map((taskArn) => ({
        taskArn,
        lastStatus: 'RUNNING',
        healthStatus: 'HEALTHY',
        taskDefinitionArn: definition(serviceOf(cluster), running(serviceOf(cluster)).revision),
        startedAt: new Date(running(serviceOf(cluster)).atMs),
        containers: [],
      })),
      failures: [],
    }),
    ListServiceDeployments: ({ cluster }) => {
      const service = serviceOf(cluster);
      const deployments = service.deployments.map(({ id, atMs }) => ({
        serviceDeploymentArn: `${account}:service-deployment/${service.cluster}/${service.name}/${id.split('/')[1]}`,
        targetServiceRevisionArn: `${account}:service-revision/${service.cluster}/${service.name}/${id.split('/')[1]}`,
        status: 'SUCCESSFUL',
        createdAt: new Date(atMs),
        startedAt: new Date(atMs),
        finishedAt: new Date(atMs + 5000),
      }));
      return { serviceDeployments: deployments.reverse() };
    },
    DescribeServiceRevisions: ({ serviceRevisionArns }) => ({
      serviceRevisions: (serviceRevisionArns as string[]).map((arn) => {
        const [number, , cluster] = arn.split('/').reverse();
        const service = serviceOf(cluster);
        const found = service.deployments.find(({ id }) => id === `ecs-svc/${number}`);
        return { serviceRevisionArn: arn, taskDefinition: definition(service, found?.revision ?? 0) };
      }),
      failures: [],
    }),
    DescribeTaskDefinition: ({ taskDefinition }) => ({
      taskDefinition: { taskDefinitionArn: taskDefinition, status: 'ACTIVE' },
      tags: [],
    }),
    UpdateService: ({ cluster, taskDefinition }, { principal }) => {
      const service = serviceOf(cluster);
      const before = running(service).revision;
      const revision = Number(String(taskDefinition).split(':').at(-1));
      // ECS starts no deployment for the definition that runs already; the journal has the call all the same.
      if (revision !== before) {
        service.deployments.push({ id: `ecs-svc/${service.deployments.length + 1}`, revision, atMs: Date.now() });
      }
      world.journal.push({
        atMs: Date.now(),
        by: principal,
        cluster: service.cluster,
        operation: 'UpdateService',
        revision,
        moved: revision !== before,
      });
      return { service: describe(service) };
    },
  };
}

function describe(service: Service) {
  const primary = running(service);
  const at = new Date(primary.atMs);
  return {
    serviceName: service.name,
    serviceArn: `${account}:service/${service.cluster}/${service.name}`,
    clusterArn: `${account}:cluster/${service.cluster}`,
    status: 'ACTIVE',
    desiredCount: taskCount,
    runningCount: taskCount,
    pendingCount: 0,
    taskDefinition: definition(service, primary.revision),
    deployments: [
      {
        id: primary.id,
        status: 'PRIMARY',
        taskDefinition: definition(service, primary.revision),
        rolloutState: 'COMPLETED',
        createdAt: at,
        updatedAt: at,
        failedTasks: 0,
      },
    ],
    events: [],
  };
}

function definition({ name }: Service, revision: number): string {
  return `${account}:task-definition/${name}:${revision}`;
}

function taskArns(service: Service): string[] {
  const { id } = running(service);
  return Array.from({ length: taskCount }, (_, index) => `${account}:task/${service.cluster}/${id.split('/')[1]}${index}`);
}
