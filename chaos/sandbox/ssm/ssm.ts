/**
 * Parameters of Systems Manager, as far as secrets of task definitions come from them. There is no KMS and no IAM: a value is told to whoever asks
 * for it decrypted. Everything else of Systems Manager is missing.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ApiModule, ServiceException } from '../wire/operation.ts';

export interface Parameters {
  /** By name or ARN; undefined when there is none. */
  valueOf(nameOrArn: string): string | undefined;
}

export interface SsmOptions {
  region: string;
  accountId: string;
  /** Milliseconds since the epoch. */
  now: () => number;
}

interface Parameter {
  name: string;
  type: 'String' | 'StringList' | 'SecureString';
  value: string;
  version: number;
  changedAt: number;
}

const put = z.looseObject({
  Name: z.string().regex(/^[A-Za-z0-9_.\-/]{1,1011}$/),
  Value: z.string().min(1),
  Type: z.enum(['String', 'StringList', 'SecureString']).default('String'),
  Overwrite: z.boolean().default(false),
});
const one = z.looseObject({ Name: z.string(), WithDecryption: z.boolean().default(false) });
const several = z.looseObject({ Names: z.array(z.string()).min(1).max(10), WithDecryption: z.boolean().default(false) });

export function createSsm({ region, accountId, now }: SsmOptions): ApiModule & Parameters {
  const parameters = new Map<string, Parameter>();
  const prefix = `arn:aws:ssm:${region}:${accountId}:parameter`;

  /** `arn:…:parameter/a/b` is of `/a/b`, and `arn:…:parameter/a` of `/a` or `a`: ARNs have one slash either way. */
  function find(nameOrArn: string): Parameter | undefined {
    if (!nameOrArn.startsWith('arn:')) return parameters.get(nameOrArn);
    if (!nameOrArn.startsWith(`${prefix}/`)) return undefined;
    const path = nameOrArn.slice(prefix.length);
    return parameters.get(path) ?? parameters.get(path.slice(1));
  }

  function required(name: string): Parameter {
    const found = find(name);
    if (found === undefined) throw new ServiceException('ParameterNotFound', `Parameter ${name} not found.`);
    return found;
  }

  function show({ name, type, value, version, changedAt }: Parameter, decrypted: boolean): object {
    return {
      Name: name,
      Type: type,
      Value: type === 'SecureString' && !decrypted ? createHash('sha256').update(value).digest('base64') : value,
      Version: version,
      LastModifiedDate: new Date(changedAt),
      ARN: `${prefix}${name.startsWith('/') ? '' : '/'}${name}`,
      DataType: 'text',
    };
  }

  return {
    valueOf: (nameOrArn) => find(nameOrArn)?.value,
    targetPrefix: 'AmazonSSM',
    mutating: new Set(['PutParameter', 'DeleteParameter']),
    secret: new Set(['Value']),
    operations: {
      PutParameter: (input) => {
        const { Name: name, Value: value, Type: type, Overwrite: overwrite } = parse(put, input);
        const known = parameters.get(name);
        if (known !== undefined && !overwrite) {
          throw new ServiceException(
            'ParameterAlreadyExists',
            'The parameter already exists. To overwrite this value, set overwrite to true.',
          );
        }
        const version = (known?.version ?? 0) + 1;
        parameters.set(name, { name, type, value, version, changedAt: now() });
        return { Version: version, Tier: 'Standard' };
      },
      GetParameter: (input) => {
        const { Name, WithDecryption } = parse(one, input);
        return { Parameter: show(required(Name), WithDecryption) };
      },
      GetParameters: (input) => {
        const { Names, WithDecryption } = parse(several, input);
        const found = Names.map((name) => ({ name, parameter: find(name) }));
        return {
          Parameters: found.flatMap(({ parameter }) => (parameter === undefined ? [] : [show(parameter, WithDecryption)])),
          InvalidParameters: found.flatMap(({ name, parameter }) => (parameter === undefined ? [name] : [])),
        };
      },
      DeleteParameter: (input) => {
        parameters.delete(required(parse(one, input).Name).name);
        return {};
      },
    },
  };
}

function parse<T>(schema: z.ZodType<T>, input: Record<string, unknown>): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ServiceException('ValidationException', `${issue?.path.join('.')}: ${issue?.message}`);
}
