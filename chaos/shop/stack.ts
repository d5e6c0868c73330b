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

/** What a cluster of the shop has around it. */
export interface ShopSurroundings {
  /** Of the card acquirer; without one, payment takes every card for good. */
  acquirerUrl?: string;
  /** Where checkout reads its feature flags; without it all of them are off. */
  flagsUrl?: string;
  /** The file the database keeps its documents in, of bounded size; without one they are kept in memory and gone with the task. */
  databaseFile?: string;
}

const port = 8_080;
const region = 'us-east-1';
const namespace = 'shop';

interface Member {
  name: string;
  image: string;
  tasks: number;
  callees: readonly string[];
  environment?: (surroundings: ShopSurroundings) => Record<string, string | undefined>;
  /** CPU units its container reserves. */
  cpu?: number;
}

const callTimeout = { CALL_TIMEOUT_MS: '5000' };
const databaseMaxMb = '8';

const members: readonly Member[] = [
  {
    name: 'database',
    image: 'shop/database:1.0.3',
    tasks: 1,
    callees: [],
    environment: ({ databaseFile }) => ({ DATABASE_FILE: databaseFile, DATABASE_MAX_MB: databaseFile && databaseMaxMb }),
  },
  {
    name: 'payment',
    image: 'shop/payment:1.2.7',
    tasks: 2,
    callees: [],
    environment: ({ acquirerUrl }) => ({ ACQUIRER_URL: acquirerUrl }),
  },
  {
    name: 'catalog',
    image: 'shop/catalog:3.0.4',
    tasks: 3,
    callees: ['database'],
    environment: () => callTimeout,
    // Searches are spread over time: one that waits for its turn takes no CPU.
    cpu: 32,
  },
  {
    name: 'cart',
    image: 'shop/cart:2.1.0',
    tasks: 2,
    callees: ['database'],
    environment: () => ({ ...callTimeout, DATABASE_POOL_SIZE: '24' }),
  },
  {
    name: 'checkout',
    image: 'shop/checkout:1.4.2',
    tasks: 2,
    callees: ['cart', 'payment', 'database'],
    environment: ({ flagsUrl }) => ({ ...callTimeout, FLAGS_URL: flagsUrl }),
  },
  { name: 'storefront', image: 'shop/storefront:2.3.1', tasks: 2, callees: ['catalog', 'cart', 'checkout'] },
];

export function shopStack(cluster: string, surroundings: ShopSurroundings = {}): ShopStack {
  return {
    cluster,
    taskDefinitions: members.map((member) => taskDefinition(cluster, member, surroundings)),
    services: members.map((member) => service(cluster, member)),
  };
}

function taskDefinition(cluster: string, member: Member, surroundings: ShopSurroundings): ShopTaskDefinition {
  const { name, image, callees, cpu, environment } = member;
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
        ...(cpu !== undefined && { cpu }),
        portMappings: [{ name: 'http', containerPort: port, protocol: 'tcp', appProtocol: 'http' }],
        environment: pairs({ PORT: String(port), ...urls, ...environment?.(surroundings) }),
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

function pairs(values: Record<string, string | undefined>): KeyValuePair[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}
