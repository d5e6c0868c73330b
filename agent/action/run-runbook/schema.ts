import { z } from 'zod';
import { IncidentId } from '../../domain/ids.ts';
import { EntryName, entryShape, listOf } from '../allow-list.ts';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, ServiceParams, TaskId } from '../params.ts';

/** What a parameter of a runbook may be filled with. */
export const placeholders = ['{cluster}', '{service}', '{taskId}'] as const;
export type Placeholder = (typeof placeholders)[number];

export function isPlaceholder(value: string): value is Placeholder {
  return (placeholders as readonly string[]).includes(value);
}

// Braces are kept out of fixed values: a misspelt placeholder would be handed on as it is, and `{{…}}` is something SSM fills in.
const Value = z
  .string()
  .max(2000)
  .refine((value) => isPlaceholder(value) || !/[{}]/.test(value), `must be ${placeholders.join(', ')} or a fixed text without braces`);

export const Runbook = z.strictObject({
  ...entryShape,
  document: z.string().regex(/^[A-Za-z0-9_.-]{3,128}$/, 'must be the name of one document of this account or of AWS'),
  version: z.string().regex(/^[1-9][0-9]{0,8}$/, 'must be one version by its number: $DEFAULT and $LATEST may be another tomorrow'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the document as SSM gives it, 64 hex digits')
    .optional(),
  parameters: z.record(z.string().regex(/^[A-Za-z0-9_]{1,50}$/), z.array(Value).min(1).max(50)).default({}),
  shareOfCapacity: z.number().min(0).max(1).default(1),
  duringDeployment: z.boolean().default(false),
  needsApproval: z.boolean().default(true),
});
export type Runbook = z.infer<typeof Runbook>;

export const Config = z.strictObject({
  callTimeoutMs,
  runbooks: listOf(Runbook).describe(
    'Runbooks of SSM Automation that may be run: name, document, version (a number), sha256 (optional), parameters (name → list of fixed ' +
      'texts or {cluster}, {service}, {taskId}), causes, services (cluster/service), shareOfCapacity (0..1 of the tasks it takes out, 1 unless ' +
      'given), duringDeployment (false), needsApproval (true).',
  ),
});
export type Config = z.infer<typeof Config>;

/** The incident is part of them: a second incident may need the same runbook again, and then that is another change. */
export const Params = ServiceParams.extend({ runbook: EntryName, taskId: TaskId.optional(), incidentId: IncidentId });
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({
  /** Client token of the execution, and what its tag carries. */
  token: z.uuid(),
  documentHash: z.string().min(1),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const DocumentReply = z.object({
  Document: z.object({
    Status: z.string(),
    DocumentType: z.string(),
    Hash: z.string().min(1),
    HashType: z.string(),
    Parameters: z.array(z.object({ Name: z.string(), DefaultValue: z.string().optional() })).default([]),
  }),
});
export type Document = z.infer<typeof DocumentReply>['Document'];

const Execution = z.object({
  AutomationExecutionId: z.string().min(1),
  DocumentName: z.string().default(''),
  AutomationExecutionStatus: z.string(),
  FailureMessage: z.string().default(''),
});
export type Execution = z.infer<typeof Execution>;
export const ExecutionPage = z.object({ AutomationExecutionMetadataList: z.array(Execution), NextToken: z.string().optional() });
