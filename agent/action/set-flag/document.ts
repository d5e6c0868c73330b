/**
 * One flag within a document of flags. Pure. A change replaces the value's own characters and nothing else: numbers keep their spelling, lines
 * their order, and putting the old value back gives the very document there was.
 */
import { createHash } from 'node:crypto';
import { isScalar, parseDocument } from 'yaml';
import { z } from 'zod';
import type { NotPossible } from '../../domain/plan.ts';
import type { FlagValue } from './schema.ts';

/** `AWS.AppConfig.FeatureFlags`, or flag definitions of flagd. */
export type Format = 'appconfig' | 'flagd';

const AppConfigFlags = z.object({ values: z.record(z.string(), z.object({ enabled: z.boolean(), _variants: z.unknown().optional() })) });
const FlagdFlags = z.object({
  flags: z.record(
    z.string(),
    z.object({
      state: z.string(),
      variants: z.record(z.string(), z.unknown()),
      defaultVariant: z.string(),
      targeting: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

/** What the flag is set to for everybody, or why that cannot be said in one word. */
export function valueIn(format: Format, text: string, flag: string): { value: FlagValue } | NotPossible {
  const read = reading(format, text, flag);
  return 'notPossible' in read ? read : { value: read.value };
}

/** The document with the flag set, or why it cannot be. */
export function withValue(format: Format, text: string, flag: string, value: FlagValue): { text: string } | NotPossible {
  const read = reading(format, text, flag);
  if ('notPossible' in read) return read;
  const { path, allowed } = read;
  if (!allowed.includes(value)) return { notPossible: `flag ${flag} has no variant ${value}; it has ${allowed.join(', ')}` };
  // JSON is YAML, and a parser of YAML says where a value stands.
  const node = parseDocument(text, { schema: 'json' }).getIn(path, true);
  if (!isScalar(node) || !node.range) return { notPossible: `the place of flag ${flag} in the document cannot be told` };
  const [start, end] = node.range;
  const changed = text.slice(0, start) + JSON.stringify(value) + text.slice(end);
  const after = valueIn(format, changed, flag);
  return 'value' in after && after.value === value ? { text: changed } : { notPossible: `flag ${flag} cannot be set in this document` };
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Reading {
  value: FlagValue;
  path: string[];
  allowed: readonly FlagValue[];
}

function reading(format: Format, text: string, flag: string): Reading | NotPossible {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { notPossible: 'the document of the flags is not JSON' };
  }
  return format === 'appconfig' ? readAppConfig(json, flag) : readFlagd(json, flag);
}

function readAppConfig(json: unknown, flag: string): Reading | NotPossible {
  const parsed = AppConfigFlags.safeParse(json);
  if (!parsed.success) return { notPossible: 'the document is not one of AWS.AppConfig.FeatureFlags' };
  const found = Object.hasOwn(parsed.data.values, flag) ? parsed.data.values[flag] : undefined;
  if (!found) return { notPossible: `the document has no flag ${flag}` };
  if (found._variants !== undefined) return { notPossible: `flag ${flag} has variants: what it is for whom is for a person to say` };
  return { value: found.enabled, path: ['values', flag, 'enabled'], allowed: [true, false] };
}

function readFlagd(json: unknown, flag: string): Reading | NotPossible {
  const parsed = FlagdFlags.safeParse(json);
  if (!parsed.success) return { notPossible: 'the document is not one of flagd' };
  const found = Object.hasOwn(parsed.data.flags, flag) ? parsed.data.flags[flag] : undefined;
  if (!found) return { notPossible: `the document has no flag ${flag}` };
  if (found.state !== 'ENABLED') return { notPossible: `flag ${flag} is ${found.state}: its variants are not in force` };
  if (Object.keys(found.targeting).length > 0) {
    return { notPossible: `flag ${flag} has targeting rules: another default would not reach everybody` };
  }
  return { value: found.defaultVariant, path: ['flags', flag, 'defaultVariant'], allowed: Object.keys(found.variants) };
}
