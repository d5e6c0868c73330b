/**
 * A bucket with versions and Object Lock on the S3 wire, for tests: PutObject (checksum, If-None-Match, retention), GetObject, HeadObject,
 * DeleteObject (a marker, or a version unless it is locked), ListObjectVersions and GetObjectLockConfiguration, errors as S3's XML. Not
 * imitated: signatures, ACLs, multipart uploads, legal holds, replication, lifecycle, encryption, and the wait for consistency S3 does not have.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface S3Version {
  key: string;
  versionId: string;
  body: Buffer;
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

class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function startS3({ bucket, lock = true, now = () => new Date(), pageSize = 1000 }: S3Options): Promise<S3Server> {
  const versions: S3Version[] = [];
  const calls: string[] = [];
  let failure: { status: number; code: string } | null = null;
  let losesAnswer = false;

  const current = (key: string) => versions.findLast((one) => one.key === key);

  function put(key: string, request: IncomingMessage, body: Buffer): Record<string, string> {
    const { headers } = request;
    const checksum = text(headers['x-amz-checksum-sha256']);
    const [lockMode, retainUntil] = [text(headers['x-amz-object-lock-mode']), text(headers['x-amz-object-lock-retain-until-date'])];
    if (checksum && checksum !== sha256(body))
      throw new S3Error(400, 'BadDigest', 'The sha256 you specified did not match the calculated checksum.');
    if ((lockMode === undefined) !== (retainUntil === undefined)) throw new S3Error(400, 'InvalidArgument');
    if (lockMode && retainUntil) {
      if (!lock) throw new S3Error(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
      if (!checksum && !headers['content-md5'])
        throw new S3Error(400, 'InvalidRequest', 'Content-MD5 OR x-amz-checksum- HTTP header is required');
      if (Date.parse(retainUntil) <= now().getTime())
        throw new S3Error(400, 'InvalidArgument', 'The retain until date must be in the future!');
    }
    const before = current(key);
    if (headers['if-none-match'] === '*' && before && !before.isMarker) throw new S3Error(412, 'PreconditionFailed');
    const versionId = randomUUID();
    versions.push({ key, versionId, body, isMarker: false, lockMode, retainUntil });
    return { 'x-amz-version-id': versionId, etag: `"${createHash('md5').update(body).digest('hex')}"` };
  }

  function remove(key: string, versionId: string | null): Record<string, string> {
    if (versionId === null) {
      const marker = randomUUID();
      versions.push({ key, versionId: marker, body: Buffer.alloc(0), isMarker: true, lockMode: undefined, retainUntil: undefined });
      return { 'x-amz-version-id': marker, 'x-amz-delete-marker': 'true' };
    }
    const at = versions.findIndex((one) => one.key === key && one.versionId === versionId);
    const found = versions[at];
    if (found?.retainUntil && Date.parse(found.retainUntil) > now().getTime()) {
      throw new S3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    }
    if (found) versions.splice(at, 1);
    return {};
  }

  function read(key: string, versionId: string | null): S3Version {
    const found = versionId === null ? current(key) : versions.find((one) => one.key === key && one.versionId === versionId);
    if (!found || (versionId === null && found.isMarker)) throw new S3Error(404, versionId === null ? 'NoSuchKey' : 'NoSuchVersion');
    return found;
  }

  function list(query: URLSearchParams): string {
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
    return `<ListVersionsResult><Name>${bucket}</Name><IsTruncated>${isTruncated}</IsTruncated>${next}${entries.join('')}</ListVersionsResult>`;
  }

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
    const [, name, ...rest] = pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    calls.push(`${request.method} ${key}`);
    if (failure) throw new S3Error(failure.status, failure.code);
    if (name !== bucket) throw new S3Error(404, 'NoSuchBucket');
    if (request.method === 'PUT') {
      const headers = put(key, request, body);
      if (losesAnswer) {
        losesAnswer = false;
        response.destroy();
        return;
      }
      response.writeHead(200, headers).end();
    } else if (request.method === 'DELETE') {
      response.writeHead(204, remove(key, searchParams.get('versionId'))).end();
    } else if (key !== '') {
      const found = read(key, searchParams.get('versionId'));
      const checksum = request.headers['x-amz-checksum-mode'] === 'ENABLED' ? { 'x-amz-checksum-sha256': sha256(found.body) } : {};
      const lockHeaders = found.lockMode
        ? { 'x-amz-object-lock-mode': found.lockMode, 'x-amz-object-lock-retain-until-date': found.retainUntil ?? '' }
        : {};
      response.writeHead(200, { 'content-length': found.body.length, 'x-amz-version-id': found.versionId, ...checksum, ...lockHeaders });
      response.end(request.method === 'HEAD' ? undefined : found.body);
    } else if (searchParams.has('object-lock')) {
      if (!lock) throw new S3Error(404, 'ObjectLockConfigurationNotFoundError');
      response.end('<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>');
    } else if (searchParams.has('versions')) {
      response.end(list(searchParams));
    } else {
      throw new S3Error(501, 'NotImplemented');
    }
  }

  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    try {
      answer(request, response, body);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      const page = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${error.code}</Code><Message>${xml(error.message)}</Message></Error>`;
      response.writeHead(error.status, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : page);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    versions,
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

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64');
}

function xml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
