/** Finds the handler of a request and the route's pattern, which is the label its metrics carry. */
import type { Logger } from './log.ts';

export interface Exchange {
  params: Record<string, string>;
  query: URLSearchParams;
  traceId: string;
  log: Logger;
  /** Aborted when the client hangs up before the answer. */
  signal: AbortSignal;
  /** The JSON body; rejects with an `HttpError` when it is malformed or too large. */
  body(): Promise<Record<string, unknown>>;
}

export interface Answer {
  status: number;
  body?: unknown;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Segments starting with `:` are parameters. */
  path: string;
  handle(exchange: Exchange): Answer | Promise<Answer>;
}

export interface Match {
  route: Route;
  params: Record<string, string>;
}

export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const segments = path.split('/');
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchPath(route.path.split('/'), segments);
    if (params) return { route, params };
  }
  return undefined;
}

function matchPath(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) {
      if (segment === '') return undefined;
      try {
        params[part.slice(1)] = decodeURIComponent(segment);
      } catch {
        return undefined;
      }
    } else if (part !== segment) return undefined;
  }
  return params;
}
