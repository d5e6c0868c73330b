import { expect, it } from 'vitest';
import { revisionWith } from './revision.ts';

const running = {
  taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-cart:7',
  family: 'shop-cart',
  revision: 7,
  status: 'ACTIVE' as const,
  registeredAt: new Date(),
  registeredBy: 'somebody',
  requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
  compatibilities: ['FARGATE' as const],
  cpu: '256',
  memory: '512',
  pidMode: 'task' as const,
  enableFaultInjection: true,
  containerDefinitions: [
    {
      name: 'cart',
      image: 'shop/cart:2.1.0',
      environment: [
        { name: 'PORT', value: '8080' },
        { name: 'DATABASE_URL', value: 'http://database.shop:8080' },
      ],
      secrets: [{ name: 'KEY', valueFrom: '/shop/key' }],
    },
    { name: 'sidecar', image: 'proxy:1' },
  ],
};
const { pidMode, enableFaultInjection, cpu, memory, family, containerDefinitions } = running;
const registered = { pidMode, enableFaultInjection, cpu, memory, family, containerDefinitions };

it('without a change registers what runs, and nothing that ECS refuses to be told', () => {
  expect(revisionWith(running, {})).toEqual(registered);
});

it('changes what it is told of the first container and leaves the others', () => {
  const change = {
    image: 'shop/cart:2.2.0',
    memory: 256,
    environment: { DATABASE_URL: null, REGION: 'eu' },
    secrets: { KEY: '/shop/other-key', TOKEN: '/shop/token' },
  };
  expect(revisionWith(running, change)).toEqual({
    ...registered,
    memory: '256',
    containerDefinitions: [
      {
        name: 'cart',
        image: 'shop/cart:2.2.0',
        environment: [
          { name: 'PORT', value: '8080' },
          { name: 'REGION', value: 'eu' },
        ],
        secrets: [
          { name: 'KEY', valueFrom: '/shop/other-key' },
          { name: 'TOKEN', valueFrom: '/shop/token' },
        ],
      },
      { name: 'sidecar', image: 'proxy:1' },
    ],
  });
});
