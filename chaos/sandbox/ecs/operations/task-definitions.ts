/** RegisterTaskDefinition, DescribeTaskDefinition, ListTaskDefinitions, DeregisterTaskDefinition. */
import type { RegisterTaskDefinitionCommandInput, TaskDefinition as TaskDefinitionShape } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import type { Operations } from '../../wire/operation.ts';
import { arnOf, lastSegment } from '../arn.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { TaskDefinition } from '../model.ts';
import { client, invalid, page, pageFields, read, tagList, tagsOut } from './input.ts';

const registration = z.looseObject({
  family: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'up to 255 letters, digits, underscores and hyphens'),
  containerDefinitions: z
    .array(z.looseObject({ name: z.string().min(1), image: z.string().min(1), essential: z.boolean().optional() }))
    .min(1, 'Container list cannot be empty.'),
  tags: tagList,
});

/** `family`, `family:revision` or an ARN; a bare family means its newest ACTIVE revision. */
export function findTaskDefinition(plane: ControlPlane, reference: string): TaskDefinition | undefined {
  const [family = '', revision] = lastSegment(reference).split(':');
  const revisions = plane.taskDefinitions.get(family) ?? [];
  if (revision === undefined) return revisions.findLast((entry) => entry.status === 'ACTIVE');
  return revisions.find((entry) => String(entry.revision) === revision);
}

/** For starting something: the definition must be ACTIVE. */
export function requireTaskDefinition(plane: ControlPlane, reference: string): TaskDefinition {
  const found = findTaskDefinition(plane, reference);
  if (found === undefined) throw client('TaskDefinition not found.');
  if (found.status === 'INACTIVE') throw client('TaskDefinition is inactive');
  return found;
}

export function taskDefinitionOperations(plane: ControlPlane): Operations {
  return {
    RegisterTaskDefinition: (input, caller) => {
      const { tags, ...request } = read(registration, input);
      if (!request.containerDefinitions.some((container) => container.essential !== false)) {
        throw client('There must be at least one essential container in a task definition.');
      }
      const revisions = plane.taskDefinitions.get(request.family) ?? [];
      const revision = (revisions.at(-1)?.revision ?? 0) + 1;
      const registered: TaskDefinition = {
        arn: arnOf(plane.options.account, `task-definition/${request.family}:${revision}`),
        family: request.family,
        revision,
        status: 'ACTIVE',
        registeredAt: plane.options.now(),
        registeredBy: principalArn(plane, caller.principal),
        input: request as RegisterTaskDefinitionCommandInput,
        tags,
      };
      plane.taskDefinitions.set(request.family, [...revisions, registered]);
      return { taskDefinition: describe(registered), tags: tagsOut(tags) };
    },
    DescribeTaskDefinition: (input) => {
      const request = read(z.looseObject({ taskDefinition: z.string(), include: z.array(z.string()).optional() }), input);
      const found = findTaskDefinition(plane, request.taskDefinition);
      if (found === undefined) throw client('Unable to describe task definition.');
      return { taskDefinition: describe(found), tags: request.include?.includes('TAGS') ? tagsOut(found.tags) : undefined };
    },
    ListTaskDefinitions: (input) => {
      const request = read(
        z.looseObject({ familyPrefix: z.string().optional(), status: z.string().optional(), sort: z.string().optional(), ...pageFields }),
        input,
      );
      const families = request.familyPrefix === undefined ? [...plane.taskDefinitions.keys()].sort() : [request.familyPrefix];
      const all = families.flatMap((family) => plane.taskDefinitions.get(family) ?? []);
      const arns = all.filter((entry) => entry.status === (request.status ?? 'ACTIVE')).map((entry) => entry.arn);
      const { items, nextToken } = page(request.sort === 'DESC' ? arns.reverse() : arns, request);
      return { taskDefinitionArns: items, nextToken };
    },
    DeregisterTaskDefinition: (input) => {
      const request = read(z.looseObject({ taskDefinition: z.string() }), input);
      if (!/:\d+$/.test(request.taskDefinition)) throw invalid('Invalid revision number. Expected <family>:<revision>.');
      const found = findTaskDefinition(plane, request.taskDefinition);
      if (found === undefined) throw client('Unable to describe task definition.');
      found.status = 'INACTIVE';
      found.deregisteredAt ??= plane.options.now();
      return { taskDefinition: describe(found) };
    },
  };
}

export function principalArn(plane: ControlPlane, principal: string): string {
  return `arn:aws:iam::${plane.options.account.id}:user/${principal}`;
}

function describe(entry: TaskDefinition): TaskDefinitionShape {
  const { input } = entry;
  return {
    ...(input as TaskDefinitionShape),
    taskDefinitionArn: entry.arn,
    family: entry.family,
    revision: entry.revision,
    status: entry.status,
    volumes: input.volumes ?? [],
    placementConstraints: input.placementConstraints ?? [],
    compatibilities: ['EC2', 'FARGATE'],
    containerDefinitions: (input.containerDefinitions ?? []).map((container) => ({
      cpu: 0,
      essential: true,
      environment: [],
      mountPoints: [],
      volumesFrom: [],
      portMappings: [],
      ...container,
    })),
    registeredAt: new Date(entry.registeredAt),
    ...(entry.deregisteredAt === undefined ? {} : { deregisteredAt: new Date(entry.deregisteredAt) }),
    registeredBy: entry.registeredBy,
  };
}
