import { z } from 'zod';
import { EntryName, entryShape, listOf } from '../allow-list.ts';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, ServiceParams } from '../params.ts';

const AppConfigId = z.string().regex(/^[a-z0-9]{4,7}$/, 'must be an id of AppConfig: 4 to 7 of the letters a-z and digits');

const AppConfigPlace = z.strictObject({
  kind: z.literal('appconfig'),
  application: AppConfigId,
  environment: AppConfigId,
  profile: AppConfigId,
  strategy: z
    .string()
    .regex(/^([a-z0-9]{4,7}|AppConfig\.[A-Za-z0-9]{9,40})$/)
    .default('AppConfig.AllAtOnce'),
});
export type AppConfigPlace = z.infer<typeof AppConfigPlace>;

const S3Place = z.strictObject({
  kind: z.literal('s3'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of one bucket'),
  key: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9!_.'()/-]{0,1023}$/, 'must be the key of one object'),
});
export type S3Place = z.infer<typeof S3Place>;

/** On or off in AppConfig, the name of a variant in a document of flagd. */
export const FlagValue = z.union([z.boolean(), z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/)]);
export type FlagValue = z.infer<typeof FlagValue>;

export const FlagSetting = z
  .strictObject({
    ...entryShape,
    flag: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,127}$/, 'must be the key of one flag'),
    value: FlagValue,
    at: z.discriminatedUnion('kind', [AppConfigPlace, S3Place]),
  })
  .refine(({ at, value }) => (at.kind === 'appconfig') === (typeof value === 'boolean'), {
    path: ['value'],
    message: 'must be true or false in AppConfig, and the name of a variant in a document of flagd',
  });
export type FlagSetting = z.infer<typeof FlagSetting>;

export const Config = z.strictObject({
  callTimeoutMs,
  flags: listOf(FlagSetting).describe(
    'Flags that may be set: name, flag, value (true or false in AppConfig, a variant of flagd), causes, services (cluster/service; all that read ' +
      'the flag), at: {"kind":"appconfig","application":…,"environment":…,"profile":…,"strategy":"AppConfig.AllAtOnce"} or ' +
      '{"kind":"s3","bucket":…,"key":…}.',
  ),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({ entry: EntryName });
export type Params = z.infer<typeof Params>;

/** What a change of the document is pinned to. */
export const Pin = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('appconfig'), version: z.int(), latestVersion: z.int(), latestDeployment: z.int() }),
  z.strictObject({ kind: z.literal('s3'), etag: z.string().min(1) }),
]);
export type Pin = z.infer<typeof Pin>;

export const Snapshot = ServiceSnapshot.extend({
  before: FlagValue,
  pin: Pin,
  /** SHA-256 of the document with the flag set. */
  changedHash: z.string().min(1),
  /** Stands beside the change where its place has room for it. */
  marker: z.string().min(1),
});
export type Snapshot = z.infer<typeof Snapshot>;
