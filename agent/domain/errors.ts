/**
 * Every error the product raises. `code` is stable and documented in docs/errors.md; `hint` says what the operator can do.
 * Expected answers (nothing found, denied, retry later) are values, not errors.
 */

export const errorCodes = {
  CONFIG_INVALID: 'A setting is missing or wrong',
  WEBHOOK_UNAUTHORIZED: 'The webhook token is missing or wrong',
  WEBHOOK_TOO_LARGE: 'The webhook body is larger than the limit',
  WEBHOOK_ENCODED: 'The webhook body is compressed',
  WEBHOOK_MALFORMED: 'The webhook body is not JSON',
  WEBHOOK_INVALID: 'The webhook body is JSON but not an Alertmanager notification',
  API_UNAUTHORIZED: 'The API token is missing or wrong',
  API_FORBIDDEN: 'The token belongs to somebody else than the name given',
  API_INVALID: 'The request is not what the contract says',
  NOT_FOUND: 'No such thing',
  CASE_MALFORMED: 'A line of cases is not JSON',
  CASE_INVALID: 'A line of cases is JSON but no case',
  CASE_TOO_LARGE: 'A line of cases is longer than the limit',
  BUNDLE_INVALID: 'A bundle of an incident cannot be played',
  APPROVAL_NOT_PENDING: 'The incident waits for no approval, or it was answered or has expired',
  APPROVAL_FORBIDDEN: 'This person may not answer this approval',
  APPROVAL_NOT_NARROWER: 'The parameters given with a yes are not narrower than those of the plan',
  SLACK_UNAUTHORIZED: 'A request is not signed by Slack, or was signed long ago or taken before',
  AUTONOMY_FORBIDDEN: 'This person may not raise the level of this action on this service',
  MODEL_UNUSABLE: 'A chain names a model that cannot be asked as the agent is set up',
  KILL_SWITCH_HELD: 'The stop file holds the kill switch on',
  STORE_UNAVAILABLE: 'The store cannot write',
  UPSTREAM_AUTH: 'Another system refused our credentials or permissions',
  UPSTREAM_RATE_LIMIT: 'Another system asked us to slow down',
  UPSTREAM_TIMEOUT: 'Another system did not answer in time',
  UPSTREAM_CLIENT: 'Another system refused our request',
  UPSTREAM_SERVER: 'Another system failed',
  LEASE_LOST: 'Somebody else works on the incident by now, or has closed it',
  INVARIANT_BROKEN: 'The agent found itself in a state that must not exist',
} as const;
export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetails {
  hint?: string;
  cause?: unknown;
}

export abstract class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  constructor(code: ErrorCode, message: string, retryable: boolean, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
    this.hint = details.hint;
  }
}

/** Settings are wrong: refuse to start. `faults` holds all of them. */
export class ConfigError extends AppError {
  readonly faults: string[];
  constructor(faults: string[], details?: ErrorDetails) {
    super('CONFIG_INVALID', `configuration refused:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, false, details);
    this.faults = faults;
  }
}

/** A caller sent something that can never be right. */
export class InputError extends AppError {
  constructor(code: ErrorCode, message: string, details?: ErrorDetails) {
    super(code, message, false, details);
  }
}

export type UpstreamReason = 'auth' | 'rate-limit' | 'timeout' | 'client' | 'server';

const upstreamCodes = {
  auth: 'UPSTREAM_AUTH',
  'rate-limit': 'UPSTREAM_RATE_LIMIT',
  timeout: 'UPSTREAM_TIMEOUT',
  client: 'UPSTREAM_CLIENT',
  server: 'UPSTREAM_SERVER',
} as const satisfies Record<UpstreamReason, ErrorCode>;

export class UpstreamError extends AppError {
  readonly system: string;
  readonly reason: UpstreamReason;
  constructor(system: string, reason: UpstreamReason, message: string, details?: ErrorDetails) {
    super(upstreamCodes[reason], `${system}: ${message}`, reason !== 'auth' && reason !== 'client', details);
    this.system = system;
    this.reason = reason;
  }
}

/** Our bug: stop the run, keep the checkpoint, tell a human. */
export class InvariantError extends AppError {
  constructor(message: string, details?: ErrorDetails) {
    super('INVARIANT_BROKEN', message, false, details);
  }
}

/** The run's right to work on its incident has ended: another process claimed it, or somebody closed it. The run stops and leaves it to them. */
export class LeaseLostError extends AppError {
  constructor(incidentId: string, details?: ErrorDetails) {
    super('LEASE_LOST', `incident ${incidentId} is held by another run, or closed`, false, details);
  }
}

export class StoreError extends AppError {
  constructor(message: string, details?: ErrorDetails) {
    super('STORE_UNAVAILABLE', message, true, details);
  }
}
