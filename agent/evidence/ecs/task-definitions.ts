/** Task definitions never change once they are registered, so each is read once. */
import { DescribeTaskDefinitionCommand, type ECSClient } from '@aws-sdk/client-ecs';
import type { AwsRead } from '../aws-reader.ts';
import { DescribeTaskDefinitionReply, type TaskDefinition } from './schema.ts';

const maxKept = 300;

export class TaskDefinitions {
  readonly #client: ECSClient;
  readonly #known = new Map<string, TaskDefinition>();

  constructor(client: ECSClient) {
    this.#client = client;
  }

  async read(arn: string, read: AwsRead): Promise<TaskDefinition> {
    const known = this.#known.get(arn);
    if (known !== undefined) return known;
    const command = new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] });
    const { taskDefinition, tags } = await read('ecs:DescribeTaskDefinition', DescribeTaskDefinitionReply, (options) =>
      this.#client.send(command, options),
    );
    const definition = { ...taskDefinition, tags };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxKept && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(arn, definition);
    return definition;
  }
}
