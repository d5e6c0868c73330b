/** What chaos scripts do to one cluster: AWS calls by the SDK's own clients, the same on AWS; only the endpoint differs. */
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateExperimentTemplateCommand,
  type FisClient,
  GetExperimentCommand,
  StartExperimentCommand,
  StopExperimentCommand,
} from '@aws-sdk/client-fis';

export interface FaultTarget {
  service: string;
  /** `ALL` or `COUNT(n)`, as FIS writes it. */
  selection: string;
}

export class ClusterControl {
  readonly cluster: string;
  /** Base URL of a service's balancer. */
  readonly urlOf: (service: string) => string;
  readonly #ecs: ECSClient;
  readonly #fis: FisClient;
  readonly #experiments = new Set<string>();

  constructor(cluster: string, clients: { ecs: ECSClient; fis: FisClient }, urlOf: (service: string) => string) {
    this.cluster = cluster;
    this.urlOf = urlOf;
    this.#ecs = clients.ecs;
    this.#fis = clients.fis;
  }

  async service(name: string): Promise<Service> {
    const { services } = await this.#ecs.send(new DescribeServicesCommand({ cluster: this.cluster, services: [name] }));
    const service = services?.[0];
    if (!service) throw new Error(`cluster ${this.cluster} has no service ${name}`);
    return service;
  }

  /** Registers the running revision with another image and deploys it; returns the task definition it replaces. */
  async deployImage(name: string, image: string): Promise<string> {
    const before = (await this.service(name)).taskDefinition ?? '';
    const { taskDefinition } = await this.#ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: before }));
    const { family, containerDefinitions, cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn } =
      taskDefinition ?? {};
    const registered = await this.#ecs.send(
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
    await this.#ecs.send(new UpdateServiceCommand({ cluster: this.cluster, service: name, taskDefinition }));
  }

  async restart(name: string): Promise<void> {
    await this.#ecs.send(new UpdateServiceCommand({ cluster: this.cluster, service: name, forceNewDeployment: true }));
  }

  /** Runs one FIS action against tasks of a service until it is stopped or its duration is over. */
  async startExperiment(target: FaultTarget, actionId: string, parameters: Record<string, string>): Promise<string> {
    const { experimentTemplate } = await this.#fis.send(
      new CreateExperimentTemplateCommand({
        clientToken: crypto.randomUUID(),
        description: `${actionId} on ${target.service}`,
        roleArn: 'arn:aws:iam::000000000000:role/fis-experiments',
        stopConditions: [{ source: 'none' }],
        targets: {
          tasks: {
            resourceType: 'aws:ecs:task',
            parameters: { cluster: this.cluster, service: target.service },
            selectionMode: target.selection,
          },
        },
        actions: { fault: { actionId, parameters, targets: { Tasks: 'tasks' } } },
      }),
    );
    const { experiment } = await this.#fis.send(
      new StartExperimentCommand({ clientToken: crypto.randomUUID(), experimentTemplateId: experimentTemplate?.id }),
    );
    const id = experiment?.id ?? '';
    this.#experiments.add(id);
    await this.#waitUntilRunning(id);
    return id;
  }

  async stopExperiments(): Promise<void> {
    for (const id of this.#experiments) {
      const { experiment } = await this.#fis.send(new GetExperimentCommand({ id }));
      if (experiment?.state?.status === 'running' || experiment?.state?.status === 'initiating')
        await this.#fis.send(new StopExperimentCommand({ id }));
      this.#experiments.delete(id);
    }
  }

  /** Every service has one completed deployment and all its tasks. */
  async isSteady(): Promise<boolean> {
    const names = ['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database'];
    const { services = [] } = await this.#ecs.send(new DescribeServicesCommand({ cluster: this.cluster, services: names }));
    return (
      services.length === names.length &&
      services.every(
        (service) =>
          service.runningCount === service.desiredCount &&
          service.deployments?.length === 1 &&
          service.deployments[0]?.rolloutState === 'COMPLETED',
      )
    );
  }

  async #waitUntilRunning(id: string): Promise<void> {
    for (let look = 0; look < 50; look += 1) {
      const { experiment } = await this.#fis.send(new GetExperimentCommand({ id }));
      const status = experiment?.state?.status;
      if (status === 'running' || status === 'completed') return;
      if (status === 'failed') throw new Error(`FIS experiment ${id} failed: ${experiment?.state?.reason ?? 'no reason given'}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`FIS experiment ${id} did not start`);
  }
}
