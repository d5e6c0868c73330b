/** Models on Amazon Bedrock, by its Converse API. One request a call, never repeated; credentials as for every other call to AWS. */
import { z } from 'zod';
import { baseUrl } from '../../evidence/http-settings.ts';
import type { LlmPlugin } from '../provider.ts';

const config = z.object({
  region: z
    .string()
    .regex(/^[a-z0-9-]*$/, 'must be an AWS Region, such as eu-central-1')
    .default('')
    .describe("AWS Region whose Bedrock is asked; empty takes the agent's own"),
  url: baseUrl("Endpoint of the Bedrock runtime, where it is not AWS's own: a VPC endpoint").optional(),
});
type Config = z.output<typeof config>;

export const bedrock = {
  id: 'bedrock',
  config,
  // Credentials are found at the first call; those of a task come from its role.
  missing: () => undefined,
  async create({ region, url }, model, maxOutputTokens, { timeoutMs }) {
    const [{ ChatBedrockConverse }, { BedrockRuntimeClient }, { NodeHttpHandler }] = await Promise.all([
      import('@langchain/aws'),
      import('@aws-sdk/client-bedrock-runtime'),
      import('@smithy/node-http-handler'),
    ]);
    const client = new BedrockRuntimeClient({
      ...(region === '' ? {} : { region }),
      ...(url === undefined ? {} : { endpoint: url }),
      maxAttempts: 1,
      // The client's own handler speaks HTTP/2 only, which plain endpoints and many proxies do not.
      requestHandler: new NodeHttpHandler({ connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true }),
    });
    return new ChatBedrockConverse({ client, region: await client.config.region(), model, maxTokens: maxOutputTokens, maxRetries: 0 });
  },
} satisfies LlmPlugin<Config>;
