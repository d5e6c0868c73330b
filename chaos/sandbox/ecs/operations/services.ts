/** CreateService, UpdateService, DeleteService, DescribeServices, ListServices. */
import type { CapacityProviderStrategyItem, DeploymentConfiguration, LoadBalancer } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { type Operations, ServiceException } from '../../wire/operation.ts';
import { arnOf, lastSegment } from '../arn.ts';
import type { ControlPlane } from '../control-plane.ts';
import { describeService } from '../describe-service.ts';
import type { Service } from '../model.ts';
import { beginDeployment, primaryOf } from '../scheduler/deployments.ts';
import { requireCluster } from './clusters.ts';
import { invalid, page, pageFields, read, tagList } from './input.ts';
import { principalArn, requireTaskDefinition } from './task-definitions.ts';

const mostDescribed = 10;

const deploymentConfiguration = z
  .looseObject({
    minimumHealthyPercent: z.number().int().min(0).max(100).optional(),
    maximumPercent: z.number().int().min(100).optional(),
    deploymentCircuitBreaker: z.looseObject({ enable: z.boolean(), rollback: z.boolean() }).optional(),
  })
  .optional();

const capacityProviderStrategy = z
  .array(
    z.object({
      capacityProvider: z.enum(['FARGATE', 'FARGATE_SPOT']),
      weight: z.int().min(0).max(1000).optional(),
      base: z.int().min(0).max(100_000).optional(),
    }),
  )
  .optional();

const settings = {
  capacityProviderStrategy,
  cluster: z.string().optional(),
  desiredCount: z.number().int().min(0).max(5000).optional(),
  deploymentConfiguration,
  healthCheckGracePeriodSeconds: z.number().int().min(0).optional(),
  propagateTags: z.enum(['SERVICE', 'TASK_DEFINITION', 'NONE']).optional(),
  enableECSManagedTags: z.boolean().optional(),
};

const creation = z.looseObject({
  ...settings,
  serviceName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'up to 255 letters, digits, underscores and hyphens'),
  taskDefinition: z.string(),
  loadBalancers: z.array(z.looseObject({ targetGroupArn: z.string().optional(), containerPort: z.number().optional() })).optional(),
  tags: tagList,
});

const update = z.looseObject({
  ...settings,
  service: z.string(),
  taskDefinition: z.string().optional(),
  forceNewDeployment: z.boolean().optional(),
});

export function requireService(plane: ControlPlane, cluster: string, nameOrArn: string): Service {
  const service = plane.service(cluster, lastSegment(nameOrArn));
  if (service === undefined) throw new ServiceException('ServiceNotFoundException', 'Service not found.');
  return service;
}

function requireActive(plane: ControlPlane, cluster: string, nameOrArn: string): Service {
  const service = requireService(plane, cluster, nameOrArn);
  if (service.status !== 'ACTIVE') throw new ServiceException('ServiceNotActiveException', 'Service was not ACTIVE.');
  return service;
}

export function serviceOperations(plane: ControlPlane): Operations {
  const { account, now } = plane.options;
  const show = (service: Service, withTags = true): unknown =>
    describeService(account, service, plane.tasksOf(service.cluster, service.name), withTags);
  return {
    CreateService: async (input, caller) => {
      const request = read(creation, input);
      const cluster = requireCluster(plane, request.cluster);
      const taskDefinition = requireTaskDefinition(plane, request.taskDefinition);
      const known = plane.service(cluster.name, request.serviceName);
      if (known?.status === 'ACTIVE') throw invalid('Creation of service was not idempotent.');
      if (known?.status === 'DRAINING') throw invalid('Unable to Start a service that is still Draining.');
      const {
        serviceName,
        cluster: _,
        taskDefinition: __,
        tags,
        clientToken: ___,
        capacityProviderStrategy: strategy,
        ...echoed
      } = request;
      if (strategy !== undefined && request.launchType !== undefined) {
        throw invalid('Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.');
      }
      const service: Service = {
        arn: arnOf(account, `service/${cluster.name}/${serviceName}`),
        name: serviceName,
        cluster: cluster.name,
        status: 'ACTIVE',
        desiredCount: request.desiredCount ?? 0,
        createdAt: now(),
        createdBy: principalArn(plane, caller.principal),
        configuration: mergeConfiguration(defaultConfiguration, request.deploymentConfiguration),
        capacityProviderStrategy: (strategy ?? []) as CapacityProviderStrategyItem[],
        withoutSpotUntil: 0,
        loadBalancers: (request.loadBalancers ?? []) as LoadBalancer[],
        healthCheckGracePeriodSeconds: request.healthCheckGracePeriodSeconds ?? 0,
        propagateTags: request.propagateTags ?? 'NONE',
        enableECSManagedTags: request.enableECSManagedTags ?? false,
        tags,
        echoed: { serviceRegistries: [], placementConstraints: [], placementStrategy: [], ...echoed },
        deployments: [],
        lastCompleted: null,
        serviceDeployments: [],
        revisions: [],
        events: [],
        isSteady: false,
        steadyAnnouncedAt: 0,
        openProblems: {},
        startFailures: 0,
        nextStartAt: 0,
      };
      await plane.addService(service, taskDefinition);
      return { service: show(service) };
    },
    UpdateService: (input) => {
      const request = read(update, input);
      const cluster = requireCluster(plane, request.cluster);
      const service = requireActive(plane, cluster.name, request.service);
      const taskDefinition =
        request.taskDefinition === undefined ? primaryOf(service).taskDefinition : requireTaskDefinition(plane, request.taskDefinition);
      if (request.capacityProviderStrategy !== undefined) {
        if (request.forceNewDeployment !== true) {
          throw invalid('A new deployment must be forced when the capacity provider strategy is changed: set forceNewDeployment.');
        }
        service.capacityProviderStrategy = request.capacityProviderStrategy as CapacityProviderStrategyItem[];
      }
      service.desiredCount = request.desiredCount ?? service.desiredCount;
      service.configuration = mergeConfiguration(service.configuration, request.deploymentConfiguration);
      service.healthCheckGracePeriodSeconds = request.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds;
      service.propagateTags = request.propagateTags ?? service.propagateTags;
      service.enableECSManagedTags = request.enableECSManagedTags ?? service.enableECSManagedTags;
      // The same revision again is no change; only force starts it afresh.
      if (request.forceNewDeployment === true || taskDefinition.arn !== primaryOf(service).taskDefinition.arn) {
        beginDeployment(service, taskDefinition, now(), plane.ids);
      } else if (request.desiredCount !== undefined) {
        primaryOf(service).updatedAt = now();
      }
      plane.schedule(service);
      return { service: show(service) };
    },
    DeleteService: (input) => {
      const request = read(z.looseObject({ cluster: z.string().optional(), service: z.string(), force: z.boolean().optional() }), input);
      const cluster = requireCluster(plane, request.cluster);
      const service = requireActive(plane, cluster.name, request.service);
      if (service.desiredCount > 0 && request.force !== true) {
        throw invalid('The service cannot be stopped while it is scaled above 0.');
      }
      service.desiredCount = 0;
      service.status = 'DRAINING';
      plane.schedule(service);
      return { service: show(service) };
    },
    DescribeServices: (input) => {
      const request = read(
        z.looseObject({
          cluster: z.string().optional(),
          services: z.array(z.string()).min(1, 'Services cannot be empty.'),
          include: z.array(z.string()).optional(),
        }),
        input,
      );
      if (request.services.length > mostDescribed) throw invalid(`You can describe at most ${mostDescribed} services at once.`);
      const cluster = requireCluster(plane, request.cluster);
      const found = request.services.map((asked) => ({ asked, service: plane.service(cluster.name, lastSegment(asked)) }));
      const withTags = request.include?.includes('TAGS') ?? false;
      return {
        services: found.flatMap(({ service }) => (service === undefined ? [] : [show(service, withTags)])),
        failures: found.flatMap(({ asked, service }) =>
          service === undefined ? [{ arn: arnOf(account, `service/${cluster.name}/${lastSegment(asked)}`), reason: 'MISSING' }] : [],
        ),
      };
    },
    ListServices: (input) => {
      const request = read(z.looseObject({ cluster: z.string().optional(), ...pageFields }), input);
      const cluster = requireCluster(plane, request.cluster);
      const services = [...plane.services.values()].filter((service) => service.cluster === cluster.name && service.status !== 'INACTIVE');
      const arns = services.map((service) => service.arn);
      const { items, nextToken } = page(arns, { ...request, maxResults: request.maxResults ?? 10 });
      return { serviceArns: items, nextToken };
    },
  };
}

const defaultConfiguration: DeploymentConfiguration = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  strategy: 'ROLLING',
};

function mergeConfiguration(current: DeploymentConfiguration, change: z.infer<typeof deploymentConfiguration>): DeploymentConfiguration {
  return { ...current, ...(change as DeploymentConfiguration | undefined) };
}
