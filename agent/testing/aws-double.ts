/** What the doubles of AWS services have in common: what a request asks for, how it is answered or refused, and a server for several of them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface AwsCall {
  /** As the SDK names it: `StartDeployment`. */
  operation: string;
  /** Its input as the SDK names it, whether it came in the path, the query, a header or the body. */
  input: Record<string, unknown>;
}

export interface AwsAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

export interface AwsDouble {
  /** Operations that change something. */
  changing: ReadonlySet<string>;
  /** Undefined when the request is for another service. */
  read(request: IncomingMessage, body: Buffer): AwsCall | undefined;
  /** Throws an AwsRefusal. */
  answer(call: AwsCall): AwsAnswer;
  /** An error in the spelling of this service's protocol. */
  refuse(refusal: AwsRefusal): AwsAnswer;
}

export class AwsRefusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, message = type) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/**
 * `lost`: done, then the connection breaks. `reset`: not done, connection breaks. `refused`: a clean 4xx. `throttled`: a clean 4xx that says
 * so. `failed`: done, then a 500.
 */
export type Trouble = 'lost' | 'reset' | 'refused' | 'throttled' | 'failed';

export interface Journal {
  /** Changing calls in order of arrival, refused ones too. */
  changes: AwsCall[];
  /** Calls that change nothing, by operation, in order of arrival. */
  reads: string[];
  /** Operation → what goes wrong with it from now on. */
  trouble: Map<string, Trouble>;
}

export function createJournal(): Journal {
  return { changes: [], reads: [], trouble: new Map() };
}

/** Whether the request was for this double; then it is written down and answered, in the way the journal's trouble wants it. */
export function answerAs(double: AwsDouble, journal: Journal, request: IncomingMessage, body: Buffer, response: ServerResponse): boolean {
  const call = double.read(request, body);
  if (!call) return false;
  if (double.changing.has(call.operation)) journal.changes.push(call);
  else journal.reads.push(call.operation);
  const answer = (outcome: AwsAnswer) => void response.writeHead(outcome.status, outcome.headers).end(outcome.body);
  const trouble = journal.trouble.get(call.operation);
  if (trouble === 'reset') return breakOff(request);
  if (trouble === 'refused') {
    answer(double.refuse(new AwsRefusal(403, 'AccessDeniedException', `not authorized to perform: ${call.operation}`)));
    return true;
  }
  if (trouble === 'throttled') {
    answer(double.refuse(new AwsRefusal(400, 'ThrottlingException', 'Rate exceeded')));
    return true;
  }
  let outcome: AwsAnswer;
  try {
    outcome = double.answer(call);
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    outcome = double.refuse(error);
  }
  if (trouble === 'lost') return breakOff(request);
  answer(trouble === 'failed' ? double.refuse(new AwsRefusal(500, 'InternalServerException', 'internal error')) : outcome);
  return true;
}

function breakOff(request: IncomingMessage): true {
  request.socket.destroy();
  return true;
}

export interface AwsServer extends Journal {
  url: string;
  close(): Promise<void>;
}

/** The doubles on one port; a request is answered by the first that takes it. */
export async function startAws(doubles: readonly AwsDouble[]): Promise<AwsServer> {
  const journal = createJournal();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (doubles.some((double) => answerAs(double, journal, request, body, response))) return;
    response.writeHead(404, { 'content-type': 'application/json', 'x-amzn-errortype': 'UnknownOperationException' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...journal,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function jsonAnswer(body: object, status = 200, contentType = 'application/json'): AwsAnswer {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(body) };
}

/** Errors as the REST-JSON services spell them. */
export function jsonRefusal({ status, type, message }: AwsRefusal): AwsAnswer {
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': type }, body: JSON.stringify({ message }) };
}

/** A page of a listing and the token of the next. */
export function pageOf<Entry>(all: readonly Entry[], size: number, token: unknown): { entries: Entry[]; next: string | undefined } {
  const first = Number(token ?? 0);
  if (!Number.isInteger(first) || first < 0) throw new AwsRefusal(400, 'InvalidNextToken', `the token ${String(token)} is not one of ours`);
  const end = first + size;
  return { entries: all.slice(first, end), next: end < all.length ? String(end) : undefined };
}
