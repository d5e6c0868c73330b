/** How far the agent of an environment reaches: taken from its settings, so that rights follow what is switched on. */
import { z } from 'zod';
import { type Names, namesOf } from '../names.ts';
import type { Settings } from '../settings/schema.ts';

const Flag = z.object({
  at: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('appconfig'), application: z.string(), environment: z.string(), profile: z.string(), strategy: z.string() }),
    z.object({ kind: z.literal('s3'), bucket: z.string(), key: z.string() }),
  ]),
});
const Runbook = z.object({
  document: z.string(),
  version: z.string(),
  parameters: z.record(z.string(), z.array(z.string())).default({}),
});
/** The part of the agent's settings tree that rights depend on; `agent/config` judges the whole. */
const Tree = z.object({
  flags: z.record(z.string(), z.boolean()).default({}),
  action: z
    .object({
      'set-flag': z.object({ flags: z.array(Flag).default([]) }).prefault({}),
      'run-runbook': z.object({ runbooks: z.array(Runbook).default([]) }).prefault({}),
    })
    .prefault({}),
});

export interface Reach {
  names: Names;
  /** The clusters the agent looks after, never its own. */
  clusters: readonly string[];
  /** ARNs of the roles its changes may pass on to tasks. */
  taskRoleArns: readonly string[];
  auditKeyArn: string;
  bedrockModels: readonly string[];
  /** Ids of the actions that are switched on. */
  actions: readonly string[];
  flags: readonly z.infer<typeof Flag>[];
  runbooks: readonly z.infer<typeof Runbook>[];
}

/** The key of the audit bucket is AWS's to name: it comes from the stack that made it. */
export function reachOf(settings: Settings, auditKeyArn: string): Reach {
  const names = namesOf(settings);
  const tree = Tree.parse(settings.agent.settings);
  return {
    names,
    clusters: settings.watched.clusters,
    taskRoleArns: settings.watched.taskRoles.map((role) => names.globalArn('iam', `role/${role}`)),
    auditKeyArn,
    bedrockModels: settings.agent.bedrockModels,
    actions: Object.entries(tree.flags).flatMap(([id, isOn]) => (isOn ? [id] : [])),
    flags: tree.action['set-flag'].flags,
    runbooks: tree.action['run-runbook'].runbooks,
  };
}
