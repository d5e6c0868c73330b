/** The two ways a handler ends early: it refuses the request, or another service let it down. */

/** Answered to the client as it is. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}

/** A callee answered 5xx, did not answer in time, or could not be reached. */
export class CallError extends Error {
  readonly peer: string;
  /** Status, `timeout`, `error`, or `499` when we hung up ourselves. */
  readonly code: string;
  constructor(peer: string, code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CallError';
    this.peer = peer;
    this.code = code;
  }
}
