/**
 * A bucket with versions and Object Lock on the S3 wire, for tests: PutObject (checksum, If-Match, If-None-Match, retention, metadata),
 * GetObject, HeadObject, DeleteObject (a marker, or a version unless it is locked), ListObjectVersions and GetObjectLockConfiguration, errors
 * as S3's XML. Not imitated: signatures, ACLs, multipart uploads, legal holds, replication, lifecycle, encryption (its headers are kept and
 * given back), tags beyond their number, and the wait for consistency S3 does not have.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type AwsAnswer, type AwsCall, type AwsDouble, AwsRefusal } from './aws-double.ts';

export interface S3Version {
  key: string;
  versionId: string;
  body: Buffer;
  /** What came with it and is given back with it: type, caching, metadata, encryption, number of tags. */
  headers: Record<string, string>;
  isMarker: boolean;
  lockMode: string | undefined;
  retainUntil: string | undefined;
}

export interface S3Server {
  url: string;
  /** Everything that was ever put and not deleted by version, oldest first. */
  versions: S3Version[];
  /** Calls as `PUT key`, refused ones too. */
  calls: string[];
  /** Answers the next calls with this error; null ends that. */
  fail(error: { status: number; code: string } | null): void;
  /** After the next put has been stored, its answer is lost. */
  loseAnswer(): void;
  close(): Promise<void>;
}

export interface S3Options {
  bucket: string;
  lock?: boolean;
  now?: () => Date;
  /** Most entries of a listing. */
  pageSize?: number;
}

const keptHeaders = /^(content-(type|encoding|language|disposition)|cache-control|x-amz-(meta-.+|server-side-encryption.*))$/;

/** What the operations need of a request. */
interface S3Request {
  key: string;
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
  body: Buffer;
}

/** Takes every request whose path begins with its bucket. */
export function createS3({
  bucket,
  lock = true,
  now = () => new Date(),
  pageSize = 1000,
}: S3Options): AwsDouble & { versions: S3Version[] } {
  const versions: S3Version[] = [];

  const current = (key: string) => versions.findLast((one) => one.key === key);

  function put({ key, headers, body }: S3Request): AwsAnswer {
    const checksum = text(headers['x-amz-checksum-sha256']);
    const [lockMode, retainUntil] = [text(headers['x-amz-object-lock-mode']), text(headers['x-amz-object-lock-retain-until-date'])];
    if (checksum && checksum !== sha256(body))
      throw new AwsRefusal(400, 'BadDigest', 'The sha256 you specified did not match the calculated checksum.');
    if ((lockMode === undefined) !== (retainUntil === undefined)) throw new AwsRefusal(400, 'InvalidArgument');
    if (lockMode && retainUntil) {
      if (!lock) throw new AwsRefusal(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
      if (!checksum && !headers['content-md5'])
        throw new AwsRefusal(400, 'InvalidRequest', 'Content-MD5 OR x-amz-checksum- HTTP header is required');
      if (Date.parse(retainUntil) <= now().getTime())
        throw new AwsRefusal(400, 'InvalidArgument', 'The retain until date must be in the future!');
    }
    const before = current(key);
    if (headers['if-none-match'] === '*' && before && !before.isMarker) throw precondition();
    const expected = text(headers['if-match']);
    if (expected !== undefined && (!before || before.isMarker)) throw new AwsRefusal(404, 'NoSuchKey', 'The specified key does not exist.');
    if (expected !== undefined && before && expected !== etagOf(before.body)) throw precondition();
    const versionId = randomUUID();
    const kept = Object.entries(headers).flatMap(([name, value]) => (keptHeaders.test(name) ? [[name, String(value)]] : []));
    versions.push({ key, versionId, body, headers: Object.fromEntries(kept), isMarker: false, lockMode, retainUntil });
    return { status: 200, headers: { 'x-amz-version-id': versionId, etag: etagOf(body) }, body: '' };
  }

  function remove({ key, query }: S3Request): AwsAnswer {
    const versionId = query.get('versionId');
    if (versionId === null) {
      const marker = randomUUID();
      const nothing = { body: Buffer.alloc(0), headers: {}, lockMode: undefined, retainUntil: undefined };
      versions.push({ key, versionId: marker, isMarker: true, ...nothing });
      return { status: 204, headers: { 'x-amz-version-id': marker, 'x-amz-delete-marker': 'true' }, body: '' };
    }
    const at = versions.findIndex((one) => one.key === key && one.versionId === versionId);
    const found = versions[at];
    if (found?.retainUntil && Date.parse(found.retainUntil) > now().getTime()) {
      throw new AwsRefusal(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    }
    if (found) versions.splice(at, 1);
    return { status: 204, headers: {}, body: '' };
  }

  function get({ key, headers, query }: S3Request): AwsAnswer {
    const found = read(key, query.get('versionId'));
    const checksum: Record<string, string> =
      headers['x-amz-checksum-mode'] === 'ENABLED' ? { 'x-amz-checksum-sha256': sha256(found.body) } : {};
    const lockHeaders: Record<string, string> = found.lockMode
      ? { 'x-amz-object-lock-mode': found.lockMode, 'x-amz-object-lock-retain-until-date': found.retainUntil ?? '' }
      : {};
    const own = { 'content-length': String(found.body.length), etag: etagOf(found.body), 'x-amz-version-id': found.versionId };
    return { status: 200, headers: { ...found.headers, ...own, ...checksum, ...lockHeaders }, body: found.body };
  }

  function read(key: string, versionId: string | null): S3Version {
    const found = versionId === null ? current(key) : versions.find((one) => one.key === key && one.versionId === versionId);
    if (!found || (versionId === null && found.isMarker)) throw new AwsRefusal(404, versionId === null ? 'NoSuchKey' : 'NoSuchVersion');
    return found;
  }

  function list({ query }: S3Request): AwsAnswer {
    const prefix = query.get('prefix') ?? '';
    const [keyMarker, versionMarker] = [query.get('key-marker'), query.get('version-id-marker')];
    const sorted = versions
      .filter((one) => one.key.startsWith(prefix))
      .map((one, order) => ({ one, order }))
      // By name, the youngest version first.
      .sort((a, b) => (a.one.key === b.one.key ? b.order - a.order : a.one.key < b.one.key ? -1 : 1))
      .map(({ one }) => one);
    const after = sorted.findIndex((one) => one.key === keyMarker && (versionMarker === null || one.versionId === versionMarker));
    const page = sorted.slice(after + 1, after + 1 + pageSize);
    const last = page.at(-1);
    const isTruncated = last !== undefined && sorted.at(-1) !== last;
    const entries = page.map((one) => {
      const name = one.isMarker ? 'DeleteMarker' : 'Version';
      const size = one.isMarker ? '' : `<Size>${one.body.length}</Size>`;
      return `<${name}><Key>${xml(one.key)}</Key><VersionId>${one.versionId}</VersionId><IsLatest>${current(one.key) === one}</IsLatest>${size}</${name}>`;
    });
    const next = isTruncated
      ? `<NextKeyMarker>${xml(last.key)}</NextKeyMarker><NextVersionIdMarker>${last.versionId}</NextVersionIdMarker>`
      : '';
    const body = `<ListVersionsResult><Name>${bucket}</Name><IsTruncated>${isTruncated}</IsTruncated>${next}${entries.join('')}</ListVersionsResult>`;
    return { status: 200, headers: {}, body };
  }

  function lockConfiguration(): AwsAnswer {
    if (!lock)
      throw new AwsRefusal(404, 'ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket');
    const body = '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>';
    return { status: 200, headers: {}, body };
  }

  const operations: Record<string, (request: S3Request) => AwsAnswer> = {
    PutObject: put,
    DeleteObject: remove,
    GetObject: get,
    HeadObject: (request) => ({ ...get(request), body: '' }),
    GetObjectLockConfiguration: lockConfiguration,
    ListObjectVersions: list,
  };

  return {
    versions,
    changing: new Set(['PutObject', 'DeleteObject']),
    read(request, body) {
      const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://s3');
      const [, name, ...rest] = pathname.split('/').map(decodeURIComponent);
      if (name !== bucket) return undefined;
      const given: S3Request = { key: rest.join('/'), headers: request.headers, query, body };
      const shown = { Bucket: name, Key: given.key, IfMatch: text(request.headers['if-match']) };
      return { operation: operationOf(request.method ?? '', given), input: { ...shown, given } };
    },
    answer({ operation, input }: AwsCall) {
      const operate = operations[operation];
      if (!operate) throw new AwsRefusal(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented');
      return operate(input.given as S3Request);
    },
    refuse: refused,
  };
}

function operationOf(method: string, { key, query }: S3Request): string {
  if (key !== '') return { PUT: 'PutObject', DELETE: 'DeleteObject', GET: 'GetObject', HEAD: 'HeadObject' }[method] ?? 'unknown';
  return query.has('object-lock') ? 'GetObjectLockConfiguration' : query.has('versions') ? 'ListObjectVersions' : 'unknown';
}

function refused({ status, type, message }: AwsRefusal): AwsAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${type}</Code><Message>${xml(message)}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

export async function startS3(options: S3Options): Promise<S3Server> {
  const double = createS3(options);
  const calls: string[] = [];
  let failure: { status: number; code: string } | null = null;
  let losesAnswer = false;

  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const call = double.read(request, body);
    calls.push(`${request.method} ${String(call?.input.Key ?? '')}`);
    let answer: AwsAnswer;
    try {
      if (failure) throw new AwsRefusal(failure.status, failure.code, failure.code);
      if (!call) throw new AwsRefusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
      answer = double.answer(call);
      if (call.operation === 'PutObject' && losesAnswer) {
        losesAnswer = false;
        response.destroy();
        return;
      }
    } catch (error) {
      if (!(error instanceof AwsRefusal)) throw error;
      answer = double.refuse(error);
    }
    response.writeHead(answer.status, answer.headers).end(request.method === 'HEAD' ? undefined : answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    versions: double.versions,
    calls,
    fail: (error) => {
      failure = error;
    },
    loseAnswer: () => {
      losesAnswer = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function precondition(): AwsRefusal {
  return new AwsRefusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64');
}

function xml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
