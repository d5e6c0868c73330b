/**
 * Heads and rows of the trail as locked objects in S3. What an object holds stands in its name, so that one listing is all a comparison
 * needs. It lists versions, not objects: a locked object can be hidden by a delete marker or a younger version, but not its version.
 */
import {
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { UpstreamError } from '../../domain/errors.ts';
import { awsErrorName, awsFailure } from '../../evidence/aws-failure.ts';
import type { Anchor, Archive, ArchivedRange } from '../anchor.ts';
import { archiveLines, checksumOf } from '../archive-lines.ts';
import { canonicalJson } from '../canonical-json.ts';
import { VersionPage } from './schema.ts';

export const s3AuditSettings = z.object({
  bucket: z
    .string()
    .min(3)
    .optional()
    .describe('Bucket with Object Lock for heads and rows of the audit trail; without it nothing is put there'),
  prefix: z
    .string()
    .regex(/^([\w.-]+\/)*$/, 'folders, each with a slash after it')
    .default('kintsugi/')
    .describe('Put before every name in the bucket; one of its own for each store'),
  lockMode: z
    .enum(['COMPLIANCE', 'GOVERNANCE'])
    .default('COMPLIANCE')
    .describe('COMPLIANCE: nobody can delete before the time is over; GOVERNANCE: who has s3:BypassGovernanceRetention can'),
  retainDays: z.number().int().min(1).max(36_500).default(365).describe('Days every object stays locked'),
  pathStyle: z.boolean().default(false).describe('Bucket in the path instead of the host name, as some stores that speak S3 want it'),
});
export type S3AuditSettings = z.infer<typeof s3AuditSettings>;

export interface S3Audit {
  anchor: Anchor;
  archive: Archive;
  /** UpstreamError when the bucket does not lock what is put into it. */
  requireLock(signal: AbortSignal): Promise<void>;
}

const dayMs = 86_400_000;

export function createS3Audit(settings: S3AuditSettings & { bucket: string }, deps: { client: S3Client; clock: Clock }): S3Audit {
  const { bucket, prefix } = settings;
  const { client, clock } = deps;

  async function put(name: string, body: Buffer, type: string, signal: AbortSignal): Promise<void> {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: prefix + name,
      Body: body,
      ContentType: type,
      ChecksumAlgorithm: 'SHA256',
      ChecksumSHA256: checksumOf(body),
      ObjectLockMode: settings.lockMode,
      ObjectLockRetainUntilDate: new Date(clock.now().getTime() + settings.retainDays * dayMs),
      // The name says what is in it: what is there already is the same.
      IfNoneMatch: '*',
    });
    try {
      await client.send(command, { abortSignal: signal });
    } catch (error) {
      if (awsErrorName(error) !== 'PreconditionFailed') throw awsFailure('s3:PutObject', error);
    }
  }

  /** Every version below the folder, hidden ones too; delete markers are none. */
  async function versions(folder: string, signal: AbortSignal): Promise<{ name: string; key: string; versionId: string }[]> {
    const found: { name: string; key: string; versionId: string }[] = [];
    let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (;;) {
      const command = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix + folder, ...from });
      const answer = await client.send(command, { abortSignal: signal }).catch((error) => {
        throw awsFailure('s3:ListBucketVersions', error);
      });
      const page = VersionPage.parse(answer);
      for (const { Key, VersionId } of page.Versions) {
        found.push({ name: Key.slice(prefix.length + folder.length), key: Key, versionId: VersionId });
      }
      if (!page.IsTruncated || page.NextKeyMarker === undefined) return found;
      from = { KeyMarker: page.NextKeyMarker, ...(page.NextVersionIdMarker ? { VersionIdMarker: page.NextVersionIdMarker } : {}) };
    }
  }

  return {
    anchor: {
      id: 's3',
      put: (head, signal) =>
        put(`heads/${numbered(head.seq)}-${head.hash}`, Buffer.from(canonicalJson({ ...head })), 'application/json', signal),
      async heads(signal) {
        return (await versions('heads/', signal)).flatMap(({ name, key }) => {
          const [, seq, hash = ''] = /^(\d{12})-([0-9a-f]{64})$/.exec(name) ?? [];
          return seq ? [{ seq: Number(seq), hash, where: `s3://${bucket}/${key}` }] : [];
        });
      },
    },
    archive: {
      id: 's3',
      async put(rows, signal) {
        const [first, last] = [rows[0], rows.at(-1)];
        if (!first || !last) return;
        const name = `rows/${numbered(first.seq)}-${numbered(last.seq)}-${last.hash}.jsonl`;
        await put(name, archiveLines(rows), 'application/x-ndjson', signal);
      },
      async ranges(signal) {
        return (await versions('rows/', signal)).flatMap(({ name, key, versionId }): ArchivedRange[] => {
          const [, from, to, hash = ''] = /^(\d{12})-(\d{12})-([0-9a-f]{64})\.jsonl$/.exec(name) ?? [];
          if (!from || !to) return [];
          const where = `s3://${bucket}/${key}?versionId=${versionId}`;
          return [{ from: Number(from), to: Number(to), hash, where, checksum: (abort) => checksum(key, versionId, abort) }];
        });
      },
    },
    async requireLock(signal) {
      const hint = `turn on Object Lock for the bucket ${bucket}; it can be done for a bucket that exists`;
      const command = new GetObjectLockConfigurationCommand({ Bucket: bucket });
      const answer = await client.send(command, { abortSignal: signal }).catch((error) => {
        if (awsErrorName(error) !== 'ObjectLockConfigurationNotFoundError') throw awsFailure('s3:GetBucketObjectLockConfiguration', error);
        return undefined;
      });
      if (answer?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled') return;
      throw new UpstreamError('s3', 'client', `the bucket ${bucket} does not lock its objects`, { hint });
    },
  };

  async function checksum(key: string, versionId: string, signal: AbortSignal): Promise<string> {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, ChecksumMode: 'ENABLED' });
    const answer = await client.send(command, { abortSignal: signal }).catch((error) => {
      throw awsFailure('s3:GetObjectVersion', error);
    });
    return answer.ChecksumSHA256 ?? '';
  }
}

/** So wide that the order of the names is the order of the rows. */
function numbered(seq: number): string {
  return String(seq).padStart(12, '0');
}
