/** ListServiceDeployments, DescribeServiceDeployments, StopServiceDeployment, DescribeServiceRevisions. */
import { z } from 'zod';
import { type Operations, ServiceException } from '../../wire/operation.ts';
import { clusterInArn } from '../arn.ts';
import type { ControlPlane } from '../control-plane.ts';
import { briefServiceDeployment, describeRevision, describeServiceDeployment } from '../describe-service.ts';
import type { Service, ServiceDeployment } from '../model.ts';
import { abortByRequest, rollBackByRequest } from '../scheduler/deployments.ts';
import { requireCluster } from './clusters.ts';
import { page, pageFields, read } from './input.ts';
import { requireService } from './services.ts';

const mostDescribed = 20;

/** Epoch seconds on the wire. */
const createdAt = z.object({ before: z.number().optional(), after: z.number().optional() }).optional();

export function serviceDeploymentOperations(plane: ControlPlane): Operations {
  const { account, now } = plane.options;
  const find = (arn: string): { service: Service; entry: ServiceDeployment } | undefined => {
    for (const service of plane.services.values()) {
      const entry = service.serviceDeployments.find((candidate) => candidate.arn === arn);
      if (entry !== undefined) return { service, entry };
    }
    return undefined;
  };
  return {
    ListServiceDeployments: (input) => {
      const request = read(
        z.looseObject({
          cluster: z.string().optional(),
          service: z.string(),
          status: z.array(z.string()).optional(),
          createdAt,
          ...pageFields,
        }),
        input,
      );
      const cluster = requireCluster(plane, request.cluster ?? clusterInArn(request.service));
      const service = requireService(plane, cluster.name, request.service);
      const { before = Number.POSITIVE_INFINITY, after = 0 } = request.createdAt ?? {};
      const matches = service.serviceDeployments.filter(
        (entry) =>
          (request.status === undefined || request.status.length === 0 || request.status.includes(entry.status)) &&
          entry.createdAt / 1000 >= after &&
          entry.createdAt / 1000 <= before,
      );
      const { items, nextToken } = page(matches, request);
      return { serviceDeployments: items.map((entry) => briefServiceDeployment(account, service, entry)), nextToken };
    },
    DescribeServiceDeployments: (input) => {
      const request = read(z.looseObject({ serviceDeploymentArns: z.array(z.string()).min(1).max(mostDescribed) }), input);
      const found = request.serviceDeploymentArns.map((arn) => ({ arn, match: find(arn) }));
      return {
        serviceDeployments: found.flatMap(({ match }) =>
          match === undefined
            ? []
            : [describeServiceDeployment(account, match.service, match.entry, plane.tasksOf(match.service.cluster, match.service.name))],
        ),
        failures: found.flatMap(({ arn, match }) => (match === undefined ? [{ arn, reason: 'MISSING' }] : [])),
      };
    },
    StopServiceDeployment: (input) => {
      const request = read(z.looseObject({ serviceDeploymentArn: z.string(), stopType: z.enum(['ROLLBACK', 'ABORT']).optional() }), input);
      const match = find(request.serviceDeploymentArn);
      if (match === undefined) {
        throw new ServiceException('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
      }
      const { service, entry } = match;
      if (entry.finishedAt !== undefined || entry.rollback !== undefined) {
        throw new ServiceException('ConflictException', `The service deployment is ${entry.status} and cannot be stopped.`);
      }
      if (request.stopType === 'ABORT') abortByRequest(service, entry, now());
      else rollBackByRequest(service, entry, now());
      plane.schedule(service);
      return { serviceDeploymentArn: entry.arn };
    },
    DescribeServiceRevisions: (input) => {
      const request = read(z.looseObject({ serviceRevisionArns: z.array(z.string()).min(1).max(mostDescribed) }), input);
      const found = request.serviceRevisionArns.map((arn) => {
        for (const service of plane.services.values()) {
          const revision = service.revisions.find((candidate) => candidate.arn === arn);
          if (revision !== undefined) return { arn, shape: describeRevision(account, service, revision) };
        }
        return { arn, shape: undefined };
      });
      return {
        serviceRevisions: found.flatMap(({ shape }) => (shape === undefined ? [] : [shape])),
        failures: found.flatMap(({ arn, shape }) => (shape === undefined ? [{ arn, reason: 'MISSING' }] : [])),
      };
    },
  };
}
