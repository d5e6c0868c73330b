/** What chaos scripts do to one cluster: AWS calls by the SDK's own clients, the same on AWS; only the endpoint differs. */
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  type ECSClientConfig,
  ListServicesCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateExperimentTemplateCommand,
  FisClient,
  GetExperimentCommand,
  StartExperimentCommand,
  StopExperimentCommand,
} from '@aws-sdk/client-fis';

/** Empty: all of it comes from the SDK's own environment variables, as on AWS. */
export type ClientConfig = Pick<ECSClientConfig, 'endpoint' | 'region'> & {
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

export interface Clients {
  ecs: ECSClient;
  fis: FisClient;
  scaling: ApplicationAutoScalingClient;
  appConfig: AppConfigClient;
}

export function createClients(config: ClientConfig): Clients {
  return {
    ecs: new ECSClient(config),
    fis: new FisClient(config),
    scaling: new ApplicationAutoScalingClient(config),
    appConfig: new AppConfigClient(config),
  };
}

/** Tasks of a service: chosen by FIS (`ALL` or `COUNT(n)`, as it writes it), or by name, which FIS allows for five at most. */
export type FaultTarget = { service: string; selection: string } | { service: string; tasks: readonly string[] };

export class ClusterControl {
  readonly cluster: string;
  /** Base URL of a service's balancer. */
  readonly urlOf: (service: string) => string;
  /** For any other client of the SDK. */
  readonly clientConfig: ClientConfig;
  readonly clients: Clients;
  readonly #experiments = new Set<string>();
  #names: string[] | undefined;

  constructor(cluster: string, clientConfig: ClientConfig, urlOf: (service: string) => string) {
    this.cluster = cluster;
    this.urlOf = urlOf;
    this.clientConfig = clientConfig;
    this.clients = createClients(clientConfig);
  }

  close(): void {
    for (const client of Object.values(this.clients)) client.destroy();
  }

  async service(name: string): Promise<Service> {
    const { services } = await this.clients.ecs.send(new DescribeServicesCommand({ cluster: this.cluster, services: [name] }));
    const service = services?.[0];
    if (!service) throw new Error(`cluster ${this.cluster} has no service ${name}`);
    return service;
  }

  /** Registers the running revision with another image and deploys it; returns the task definition it replaces. */
  async deployImage(name: string, image: string): Promise<string> {
    const before = (await this.service(name)).taskDefinition ?? '';
    const { taskDefinition } = await this.clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: before }));
    const { family, containerDefinitions, cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn } =
      taskDefinition ?? {};
    const registered = await this.clients.ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        cpu,
        memory,
        networkMode,
        requiresCompatibilities,
        executionRoleArn,
        taskRoleArn,
        containerDefinitions: containerDefinitions?.map((container) => ({ ...container, image })),
      }),
    );
    await this.deploy(name, registered.taskDefinition?.taskDefinitionArn ?? '');
    return before;
  }

  async deploy(name: string, taskDefinition: string): Promise<void> {
    await this.clients.ecs.send(new UpdateServiceCommand({ cluster: this.cluster, service: name, taskDefinition }));
  }

  async restart(name: string): Promise<void> {
    await this.clients.ecs.send(new UpdateServiceCommand({ cluster: this.cluster, service: name, forceNewDeployment: true }));
  }

  /** Runs one FIS action against tasks of a service until it is stopped or its duration is over. */
  async startExperiment(
    target: FaultTarget,
    actionId: string,
    parameters: Record<string, string>,
    tags?: Record<string, string>,
  ): Promise<string> {
    const { experimentTemplate } = await this.clients.fis.send(
      new CreateExperimentTemplateCommand({
        clientToken: crypto.randomUUID(),
        description: `${actionId} on ${target.service}`,
        roleArn: 'arn:aws:iam::000000000000:role/fis-experiments',
        stopConditions: [{ source: 'none' }],
        targets: {
          tasks: {
            resourceType: 'aws:ecs:task',
            ...('tasks' in target
              ? { resourceArns: [...target.tasks], selectionMode: 'ALL' }
              : { parameters: { cluster: this.cluster, service: target.service }, selectionMode: target.selection }),
          },
        },
        actions: { fault: { actionId, parameters, targets: { Tasks: 'tasks' } } },
        tags,
      }),
    );
    const { experiment } = await this.clients.fis.send(
      new StartExperimentCommand({ clientToken: crypto.randomUUID(), experimentTemplateId: experimentTemplate?.id, tags }),
    );
    const id = experiment?.id ?? '';
    this.#experiments.add(id);
    await this.#waitUntilRunning(id);
    return id;
  }

  async stopExperiments(): Promise<void> {
    for (const id of this.#experiments) {
      const { experiment } = await this.clients.fis.send(new GetExperimentCommand({ id }));
      if (experiment?.state?.status === 'running' || experiment?.state?.status === 'initiating')
        await this.clients.fis.send(new StopExperimentCommand({ id }));
      this.#experiments.delete(id);
    }
  }

  /** All its services; their names are asked once. */
  async services(): Promise<Service[]> {
    this.#names ??= await this.#serviceNames();
    const found: Service[] = [];
    // As many as one call may ask for.
    for (let from = 0; from < this.#names.length; from += 10) {
      const names = this.#names.slice(from, from + 10);
      const { services = [] } = await this.clients.ecs.send(new DescribeServicesCommand({ cluster: this.cluster, services: names }));
      found.push(...services);
    }
    return found;
  }

  /** By the name the task was asked for by; what ECS has forgotten is left out. */
  async servicesOfTasks(tasks: readonly string[]): Promise<Map<string, string>> {
    if (tasks.length === 0) return new Map();
    const { tasks: found = [] } = await this.clients.ecs.send(new DescribeTasksCommand({ cluster: this.cluster, tasks: [...tasks] }));
    return new Map(
      tasks.flatMap((task) => {
        const group = found.find(({ taskArn }) => taskArn?.split('/').at(-1) === task.split('/').at(-1))?.group;
        return group ? [[task, group.replace(/^service:/, '')]] : [];
      }),
    );
  }

  /** Every service has one completed deployment and all its tasks. */
  async isSteady(): Promise<boolean> {
    const services = await this.services();
    return (
      services.length > 0 &&
      services.length === this.#names?.length &&
      services.every(
        (service) =>
          service.runningCount === service.desiredCount &&
          service.deployments?.length === 1 &&
          service.deployments[0]?.rolloutState === 'COMPLETED',
      )
    );
  }

  async #serviceNames(): Promise<string[]> {
    const { serviceArns = [] } = await this.clients.ecs.send(new ListServicesCommand({ cluster: this.cluster, maxResults: 100 }));
    return serviceArns.map((arn) => arn.split('/').at(-1) ?? '');
  }

  async #waitUntilRunning(id: string): Promise<void> {
    for (let look = 0; look < 50; look += 1) {
      const { experiment } = await this.clients.fis.send(new GetExperimentCommand({ id }));
      const status = experiment?.state?.status;
      if (status === 'running' || status === 'completed') return;
      if (status === 'failed') throw new Error(`FIS experiment ${id} failed: ${experiment?.state?.reason ?? 'no reason given'}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`FIS experiment ${id} did not start`);
  }
}
