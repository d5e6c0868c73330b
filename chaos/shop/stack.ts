/** The shop as an ECS stack: what `RegisterTaskDefinition` and `CreateService` are called with, for any cluster. */
import type { CreateServiceCommandInput, KeyValuePair, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';

export interface ShopService extends CreateServiceCommandInput {
  serviceName: string;
  taskDefinition: string;
  desiredCount: number;
  /** Where the load balancer and the container health check ask. */
  healthCheckPath: string;
}

export interface ShopTaskDefinition extends RegisterTaskDefinitionCommandInput {
  family: string;
}

export interface ShopStack {
  cluster: string;
  /** In the order in which they can be started: callees first. */
  taskDefinitions: ShopTaskDefinition[];
  services: ShopService[];
}

const port = 8_080;
const region = 'us-east-1';
const namespace = 'shop';

interface Member {
  name: string;
  image: string;
  tasks: number;
  callees: readonly string[];
}

const members: readonly Member[] = [
  { name: 'database', image: 'shop/database:1.0.3', tasks: 1, callees: [] },
  { name: 'payment', image: 'shop/payment:1.2.7', tasks: 2, callees: [] },
  { name: 'catalog', image: 'shop/catalog:3.0.4', tasks: 3, callees: ['database'] },
  { name: 'cart', image: 'shop/cart:2.1.0', tasks: 2, callees: ['database'] },
  { name: 'checkout', image: 'shop/checkout:1.4.2', tasks: 2, callees: ['cart', 'payment', 'database'] },
  { name: 'storefront', image: 'shop/storefront:2.3.1', tasks: 2, callees: ['catalog', 'cart', 'checkout'] },
];

export function shopStack(cluster: string): ShopStack {
  return {
    cluster,
    taskDefinitions: members.map((member) => taskDefinition(cluster, member)),
    services: members.map((member) => service(cluster, member)),
  };
}

function taskDefinition(cluster: string, { name, image, callees }: Member): ShopTaskDefinition {
  const urls = Object.fromEntries(callees.map((callee) => [`${callee.toUpperCase()}_URL`, `http://${callee}.${namespace}:${port}`]));
  return {
    family: familyOf(cluster, name),
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    // Network and process experiments of FIS need both.
    pidMode: 'task',
    enableFaultInjection: true,
    containerDefinitions: [
      {
        name,
        image,
        essential: true,
        portMappings: [{ name: 'http', containerPort: port, protocol: 'tcp', appProtocol: 'http' }],
        environment: pairs({ PORT: String(port), ...urls }),
        stopTimeout: 30,
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': `/ecs/${cluster}/${name}`, 'awslogs-region': region, 'awslogs-stream-prefix': name },
        },
      },
    ],
    tags: tags(cluster, name),
  };
}

function service(cluster: string, { name, tasks }: Member): ShopService {
  return {
    cluster,
    serviceName: name,
    taskDefinition: familyOf(cluster, name),
    desiredCount: tasks,
    launchType: 'FARGATE',
    schedulingStrategy: 'REPLICA',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0a1b2c3d4e5f60718'], assignPublicIp: 'DISABLED' } },
    deploymentConfiguration: {
      minimumHealthyPercent: 50,
      maximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    serviceConnectConfiguration: {
      enabled: true,
      namespace,
      services: [{ portName: 'http', discoveryName: name, clientAliases: [{ port, dnsName: `${name}.${namespace}` }] }],
    },
    propagateTags: 'SERVICE',
    tags: tags(cluster, name),
    healthCheckPath: '/healthz',
  };
}

/** `shop-checkout`; the cluster is part of the name, for families are shared by all clusters of a region. */
function familyOf(cluster: string, name: string): string {
  return `${cluster}-${name}`;
}

function tags(cluster: string, name: string): { key: string; value: string }[] {
  return [
    { key: 'app', value: 'shop' },
    { key: 'cluster', value: cluster },
    { key: 'service', value: name },
  ];
}

function pairs(values: Record<string, string>): KeyValuePair[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
