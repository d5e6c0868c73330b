/**
 * The bundle: one incident's run as a file, whole enough to be played again without anything outside. This is its shape and the door it comes in
 * by; `bundle-of.ts` writes it, `replay.ts` plays it.
 */
import { z } from 'zod';
import { canonicalHash } from '../audit/canonical-json.ts';
import { InputError } from '../domain/errors.ts';
import type { Evidence, Fact } from '../domain/evidence.ts';

export const bundleFormat = 'kintsugi-incident-bundle';
/** Another number whenever a reader of this version would misread what is written. */
export const bundleVersion = 1;

/** Far beyond what is written. */
export const mostBundleBytes = 134_217_728;

const Call = z.object({ call: z.string(), key: z.string(), answer: z.unknown().optional(), error: z.string().optional() });

const BundleStep = z.object({
  step: z.number(),
  node: z.string(),
  /** ISO 8601: when it was recorded. */
  at: z.string(),
  /** Hash of the settings it ran with. */
  settings: z.string(),
  /** Why there is nothing in it; empty when it is whole. */
  leftOut: z.string(),
  update: z.record(z.string(), z.unknown()),
  entries: z.array(z.union([z.number(), Call])),
  facts: z.array(z.custom<Fact>((fact) => typeof fact === 'object' && fact !== null && 'kind' in fact)),
});
export type BundleStep = z.infer<typeof BundleStep>;

const BundleIncident = z.looseObject({
  id: z.string().min(1),
  alertName: z.string(),
  resource: z.object({ cluster: z.string(), service: z.string() }),
  status: z.string(),
  outcome: z.string().nullable(),
  outcomeReason: z.string(),
  graphVersion: z.string(),
});

const BundleApproval = z.looseObject({
  id: z.string(),
  answer: z.string().nullable(),
  answeredBy: z.string().nullable(),
});

const BundleEvidence = z.looseObject({
  id: z.string(),
  source: z.string(),
  question: z.string(),
  status: z.enum(['found', 'nothing', 'failed', 'truncated']),
  detail: z.string(),
  facts: z.array(z.unknown()),
});

export const Bundle = z.object({
  format: z.literal(bundleFormat),
  version: z.literal(bundleVersion),
  /** ISO 8601 */
  writtenAt: z.string(),
  incident: BundleIncident,
  alerts: z.array(z.looseObject({ name: z.string(), status: z.string() })),
  /** Settings and policies, by the hash that steps and entries name. */
  parts: z.record(z.string(), z.record(z.string(), z.unknown())),
  steps: z.array(BundleStep),
  evidence: z.array(BundleEvidence),
  /** Evidence there was no room for, by id. */
  evidenceLeftOut: z.array(z.string()),
  /** For who reads it; nothing of it is played. */
  changes: z.array(z.record(z.string(), z.unknown())),
  approvals: z.array(BundleApproval),
  trail: z.array(z.looseObject({ at: z.string(), actor: z.string(), event: z.string() })),
  /** SHA-256 over all the rest, hex. */
  hash: z.string(),
});
export type Bundle = z.infer<typeof Bundle>;

export function sealed(content: Omit<Bundle, 'hash'>): Bundle {
  return { ...content, hash: hashOf(content) };
}

function hashOf(content: Record<string, unknown>): string {
  const { hash: _, ...rest } = content;
  return canonicalHash(rest);
}

/** `InputError` when it is no bundle, one of another version, or not what was written. */
export function readBundle(text: string): Bundle {
  const read = parsed(text);
  if (read.format !== bundleFormat) throw refused('it is no bundle of an incident', 'kintsugi bundle INCIDENT FILE writes one');
  if (read.version !== bundleVersion) {
    throw refused(
      `it is of format version ${JSON.stringify(read.version)}; this kintsugi plays version ${bundleVersion}`,
      'play it with the version of kintsugi that wrote it, or a later one that names this format in its changelog',
    );
  }
  if (read.hash !== hashOf(read)) {
    throw refused('it is not what was written: its hash does not fit', 'get it again from the agent; a bundle is not edited');
  }
  const bundle = Bundle.safeParse(read);
  if (bundle.success) return bundle.data;
  const faults = bundle.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw refused(`it does not fit the format: ${faults.join('; ')}`);
}

function parsed(text: string): Record<string, unknown> {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw refused(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw refused('it is no bundle of an incident');
  return read as Record<string, unknown>;
}

function refused(why: string, hint?: string): InputError {
  return new InputError('BUNDLE_INVALID', `the bundle cannot be played: ${why}`, hint === undefined ? {} : { hint });
}

/** As evidence, facts and all; the facts are only ever read by kind. */
export function evidenceIn(bundle: Bundle): Map<string, Evidence> {
  return new Map(bundle.evidence.map((one) => [one.id, one as unknown as Evidence]));
}
