/**
 * Models on the wire, for tests: one local server that speaks OpenAI's chat completions, Anthropic's messages, Bedrock's Converse and the Gemini
 * API to unmodified clients. A mind says what is answered, or how it goes wrong; a journal keeps every byte that was sent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import { anthropicFormat } from './anthropic-format.ts';
import { bedrockFormat } from './bedrock-format.ts';
import { googleFormat } from './google-format.ts';
import { openaiFormat } from './openai-format.ts';
import type { Asked, Fault, Format, Mind } from './turn.ts';

/** They keep whoever waits for the end of the answer waiting. */
export const stallingFaults: readonly Fault[] = ['silent', 'hang', 'drip'];

const formats: readonly Format[] = [openaiFormat, anthropicFormat, bedrockFormat, googleFormat];

export interface Kept {
  path: string;
  headers: IncomingMessage['headers'];
  /** As it came. */
  body: string;
  /** Undefined when the vendor would have refused it. */
  asked: Asked | undefined;
}

export interface ModelServer {
  url: string;
  /** Who answers from now on. The journal starts anew. */
  play(mind: Mind): void;
  journal: Kept[];
  /** Requests that get no whole answer and whose connection still stands. */
  held(): number;
  close(): Promise<void>;
}

export async function startModelServer(first: Mind = () => ({ kind: 'fault', fault: 503 })): Promise<ModelServer> {
  let mind = first;
  const stalled = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    // A caller that gives up drops the connection at any moment.
    request.on('error', () => {});
    response.on('error', () => {});
    void answer(request, response).catch((error) => response.destroy(error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://model').pathname;
    const kept: Kept = { path, headers: request.headers, body: await text(request), asked: undefined };
    models.journal.push(kept);
    const format = formats.find((one) => one.modelAt(path) !== undefined);
    const place = format?.modelAt(path);
    if (!format || !place || request.method !== 'POST') return void response.writeHead(404).end('not found');
    const refuse = (status: number, message: string) => {
      const { headers, body } = format.error(status, message);
      send(response, status, body, headers);
    };
    try {
      kept.asked = format.read(JSON.parse(kept.body), request.headers, place);
    } catch (error) {
      return refuse(400, error instanceof z.ZodError ? z.prettifyError(error) : String(error));
    }
    const turn = mind(kept.asked);
    if (turn.kind !== 'fault') return send(response, 200, format.write(turn, kept.asked));
    if (typeof turn.fault === 'number') return refuse(turn.fault, 'the stand-in was told to fail');
    const whole = JSON.stringify(format.write({ kind: 'text', text: 'x'.repeat(2_000) }, kept.asked));
    if (stallingFaults.includes(turn.fault)) {
      stalled.add(response);
      response.once('close', () => stalled.delete(response));
    }
    misbehave(turn.fault, response, whole);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const models: ModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    journal: [],
    play(next) {
      mind = next;
      models.journal = [];
    },
    held: () => stalled.size,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return models;
}

/** Settings of every provider that has a wire, by id, with a stand-in behind them. Bedrock's credentials come from the environment, as always. */
export function settingsAt(url: string) {
  const apiKey = new Secret('key-of-the-tests');
  return {
    openai: { apiKey, url: `${url}/v1`, reasoningEffort: 'low' },
    compatible: { apiKey: undefined, url: `${url}/v1` },
    bedrock: { region: 'eu-west-1', url },
    anthropic: { apiKey, url },
    google: { apiKey, url },
  } as const;
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const dripMs = 20;

function misbehave(fault: Exclude<Fault, number>, response: ServerResponse, whole: string): void {
  switch (fault) {
    case 'silent':
      return;
    case 'hang':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(whole.slice(0, 20));
      return;
    case 'drip':
      response.writeHead(200, { 'content-type': 'application/json' });
      drip(response, whole);
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
      response.write(whole.slice(0, 20), () => response.destroy());
      return;
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>login</title>');
      return;
    case 'nothing':
      response.writeHead(200, { 'content-type': 'application/json' }).end();
      return;
    case 'wrong-shape':
      send(response, 200, { status: 'success', data: [] });
      return;
  }
}

/** One byte at a time: alive to whoever watches for silence only. */
function drip(response: ServerResponse, whole: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(whole[sent] ?? ' ');
    sent += 1;
  }, dripMs);
  response.once('close', () => clearInterval(timer));
}
