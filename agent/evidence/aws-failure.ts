/** Reads an AWS SDK error as one of our upstream failures. It looks at names, codes and status only, so it needs no SDK. */
import { UpstreamError, type UpstreamReason } from '../domain/errors.ts';
import { cleanText } from './answer.ts';

const denied = new Set(['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation', 'NotAuthorizedException']);
const unauthenticated = new Set([
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
  'ExpiredToken',
  'IncompleteSignature',
  'MissingAuthenticationTokenException',
  'CredentialsProviderError',
]);
const throttled = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'LimitExceededException',
]);
const timedOut = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException']);

/** An answer that was read but is not what the service documents. */
export function unknownShape(permission: string, error: { issues: readonly { path: PropertyKey[] }[] }): UpstreamError {
  const [system = 'aws', operation = permission] = permission.split(':');
  const where = error.issues[0]?.path.map(String).join('.') || 'its root';
  return new UpstreamError(system, 'server', `${operation} answered an unknown shape at ${where}`, { cause: error });
}

/** `permission` is the IAM action the call needs, e.g. `ecs:DescribeServices`. */
export function awsFailure(permission: string, error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const { name, message, code, status } = anatomy(error);
  const [system = 'aws', operation = permission] = permission.split(':');
  const failure = (reason: UpstreamReason, words: string, hint?: string) =>
    new UpstreamError(system, reason, `${operation} ${words}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  const firstLine = message.split('\n', 1)[0] ?? '';
  const said = cleanText(`${name}: ${firstLine}`, 200);
  const http = status === undefined ? '' : `HTTP ${status} `;

  if (denied.has(name)) return failure('auth', `was denied: ${said}`, `allow ${permission}`);
  if (unauthenticated.has(name)) return failure('auth', `was refused: ${said}`, 'check the credentials and the Region');
  if (throttled.has(name) || status === 429) return failure('rate-limit', `was throttled: ${http}${said}`);
  // The SDK calls a reset connection a TimeoutError too; the code tells them apart.
  if (code === 'ETIMEDOUT' || (timedOut.has(name) && code === '')) return failure('timeout', `got no answer in time: ${said}`);
  if (error instanceof SyntaxError && (status ?? 200) < 400) return failure('server', `got an answer that is not JSON: ${said}`);
  if (status === 401 || status === 403) return failure('auth', `was refused: ${http}${said}`, `allow ${permission}`);
  if (status !== undefined && status >= 500) return failure('server', `failed: ${http}${said}`);
  if (status !== undefined && status >= 400) return failure('client', `was refused: ${http}${said}`);
  return failure('server', `got no usable answer: ${code === '' ? said : `${code} ${cleanText(firstLine, 200)}`}`);
}

export function awsErrorName(error: unknown): string {
  return anatomy(error).name;
}

function anatomy(error: unknown): { name: string; message: string; code: string; status: number | undefined } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: '', status: undefined };
  const metadata = field(error, '$metadata');
  const response = field(error, '$response');
  const status = [field(metadata, 'httpStatusCode'), field(response, 'statusCode')].find((one) => typeof one === 'number');
  const code = field(error, 'code') ?? field(error.cause, 'code');
  return { name: error.name, message: error.message, code: typeof code === 'string' ? code : '', status };
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? (value as Record<string, unknown>)[key] : undefined;
}
