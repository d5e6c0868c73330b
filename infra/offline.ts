/**
 * All stacks as modules of one Terraform program that needs no account: one `init`, one `validate`, one `plan` for everything. What other stacks
 * would tell, and what AWS would make up, stands in it as samples.
 */
import type { Body, Environment, SynthesisedStack } from './synthesise.ts';

/** File → content, from the root of the program. */
export function offlineProgram(environments: readonly Environment[]): Record<string, Body> {
  const [first] = environments;
  const modules = environments.flatMap(({ settings, stacks }) => stacks.map((stack) => ({ id: `${settings.name}-${stack.name}`, stack })));
  const files: Record<string, Body> = {
    'main.tf.json': {
      terraform: { required_providers: providersOf(first?.stacks[0]) },
      provider: {
        aws: {
          region: first?.settings.region,
          access_key: 'none',
          secret_key: 'none',
          skip_credentials_validation: true,
          skip_metadata_api_check: true,
          skip_region_validation: true,
          skip_requesting_account_id: true,
          max_retries: 0,
        },
      },
      module: Object.fromEntries(modules.map(({ id }) => [id, { source: `./${id}` }])),
    },
  };
  for (const { id, stack } of modules) files[`${id}/main.tf.json`] = offlineModule(stack);
  return files;
}

function offlineModule(stack: SynthesisedStack): Body {
  const { provider: _provider, data: _data, ephemeral, ...rest } = stack.json;
  const parameters = Object.entries(((stack.json.data ?? {}) as Record<string, Record<string, Body>>).aws_ssm_parameter ?? {});
  const made = Object.values((ephemeral ?? {}) as Record<string, Record<string, Body>>).flatMap((named) => Object.keys(named));
  const text = JSON.stringify(rest)
    .replaceAll(/data\.aws_ssm_parameter\.([\w-]+)\.insecure_value/g, 'local.$1')
    .replaceAll(/ephemeral\.\w+\.([\w-]+)\.random_password/g, 'local.$1');
  return {
    ...(JSON.parse(text) as Body),
    terraform: { required_providers: providersOf(stack) },
    locals: Object.fromEntries([
      ...parameters.map(([name, body]) => [name, sampleOf(String(body.name))]),
      ...made.map((name) => [name, 'a-password-that-is-none']),
    ]),
  };
}

function providersOf(stack: SynthesisedStack | undefined): unknown {
  return (stack?.json.terraform as Body | undefined)?.required_providers;
}

/** A value of the shape the provider asks for. */
export function sampleOf(parameter: string): string {
  const output = parameter.slice(parameter.lastIndexOf('/') + 1);
  const here = 'eu-central-1:111122223333';
  if (output === 'vpc-id') return 'vpc-0123456789abcdef0';
  if (output.endsWith('subnet-ids')) return 'subnet-0123456789abcdef0,subnet-0123456789abcdef1';
  if (output.endsWith('group-id')) return 'sg-0123456789abcdef0';
  if (output === 'namespace-id') return 'ns-0123456789abcdef';
  if (output === 'key-arn') return `arn:aws:kms:${here}:key/00000000-0000-4000-8000-000000000000`;
  if (output === 'listener-arn') return `arn:aws:elasticloadbalancing:${here}:listener/app/kintsugi/0123456789abcdef/0123456789abcdef`;
  if (output === 'alarms-topic-arn') return `arn:aws:sns:${here}:alarms`;
  if (output.endsWith('-arn')) return `arn:aws:secretsmanager:${here}:secret:kintsugi/${output}-AbCdEf`;
  return `app/kintsugi/${output}`;
}
