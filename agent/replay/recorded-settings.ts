/** The settings and policies of a recorded run, with this version's defaults for what did not exist then. */
import { z } from 'zod';
import { diagnosisSettingsSchema } from '../diagnosis/settings.ts';
import { InputError } from '../domain/errors.ts';
import type { PolicyInForce } from '../policy/in-force.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import type { RecordedSettings } from '../recording/recorder.ts';
import { verificationSettingsSchema } from '../verification/settings.ts';
import type { Bundle } from './bundle.ts';

const Settings = z.object({
  diagnosis: diagnosisSettingsSchema,
  verification: verificationSettingsSchema,
  run: z.object({
    evidenceDeadlineMs: z.number(),
    recentSeconds: z.number(),
    baselineSeconds: z.number(),
    alertPendingSeconds: z.number(),
    lookAgainMs: z.number(),
    verificationIntervalMs: z.number(),
    approvalTtlSeconds: z.number(),
  }),
  action: z.record(z.string(), z.unknown()),
  github: z.boolean(),
  own: z.object({ cluster: z.string(), service: z.string() }).nullable(),
  sources: z.array(z.string()),
  catalog: z.array(z.string()),
}) satisfies z.ZodType<RecordedSettings>;

/** Of the first step. `InputError` when this version cannot run with them. */
export function recordedSettings({ parts, steps }: Bundle): RecordedSettings {
  const read = Settings.safeParse(parts[steps[0]?.settings ?? '']);
  if (read.success) return read.data;
  throw misfit('settings', read.error);
}

export function recordedPolicy({ parts }: Bundle, hash: string | undefined): PolicyInForce {
  const { flags = {}, ...policy } = parts[hash ?? ''] ?? { fault: 'no policy was recorded' };
  if (typeof policy.fault === 'string') return { fault: policy.fault };
  const read = policySettingsSchema.safeParse(policy);
  if (!read.success) throw misfit('policy', read.error);
  return { ...read.data, flags: flags as Record<string, boolean> };
}

function misfit(what: string, error: z.ZodError): InputError {
  const faults = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`);
  return new InputError('BUNDLE_INVALID', `the bundle cannot be played: its ${what} does not fit this version: ${faults.join('; ')}`);
}
