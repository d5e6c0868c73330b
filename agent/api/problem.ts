/** Errors as problem+json: the one place where an error becomes an HTTP status. */
import type { ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { AppError, type ErrorCode, errorCodes, InputError } from '../domain/errors.ts';
import type { Logger } from '../telemetry/logger.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  WEBHOOK_UNAUTHORIZED: 401,
  API_UNAUTHORIZED: 401,
  API_FORBIDDEN: 403,
  SLACK_UNAUTHORIZED: 401,
  APPROVAL_FORBIDDEN: 403,
  APPROVAL_NOT_NARROWER: 400,
  WEBHOOK_TOO_LARGE: 413,
  WEBHOOK_ENCODED: 415,
  WEBHOOK_MALFORMED: 400,
  WEBHOOK_INVALID: 400,
  API_INVALID: 400,
  NOT_FOUND: 404,
  APPROVAL_NOT_PENDING: 409,
  AUTONOMY_FORBIDDEN: 403,
  MODEL_UNUSABLE: 400,
  KILL_SWITCH_HELD: 409,
  STORE_UNAVAILABLE: 503,
};

export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? 500;
}

/** Whatever no route answers: a path that does not exist, or not for this method. */
export function unknownPath(request: Request): never {
  throw new InputError('NOT_FOUND', `there is no ${request.method} ${request.path}`);
}

/** Answers with an error as application/problem+json, on Node's own response or on Express's. */
export function answerProblem(error: unknown, response: ServerResponse, logger: Logger): void {
  const known = error instanceof AppError ? error : undefined;
  const clientFault = !known && typeof (error as { status?: unknown }).status === 'number' && (error as { status: number }).status < 500;
  const code: ErrorCode = known?.code ?? (clientFault ? 'API_INVALID' : 'INVARIANT_BROKEN');
  const status = statusOf(code);
  if (status >= 500) logger.error({ err: error, code }, 'a request failed');
  const problem = {
    type: `urn:kintsugi:error:${code}`,
    title: errorCodes[code],
    status,
    code,
    // An unexpected error's text may hold anything: it goes to the log only.
    detail: known || clientFault ? String((error as Error).message) : 'see the log of the agent',
    ...(known?.hint ? { hint: known.hint } : {}),
  };
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(JSON.stringify(problem));
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.writeHead(status, { 'Content-Type': 'application/problem+json; charset=utf-8', 'Content-Length': body.length });
  response.end(body);
}

export function problemHandler(logger: Logger) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) next(error);
    else answerProblem(error, response, logger);
  };
}
