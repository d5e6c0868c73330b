/** One kind of request, again and again: everybody wants the same page, a program that writes, somebody who sends odd things. */
import type { ShopRequest } from './mix.ts';
import { type LoadOptions, type LoadRun, startLoad } from './run.ts';

export interface RequestOptions extends LoadOptions {
  method: ShopRequest['method'];
  /** `{n}` in it, and in texts of the body, counts up from 1. */
  path: string;
  body?: Record<string, unknown>;
}

export function startRequests({ method, path, body, ...options }: RequestOptions): LoadRun {
  let count = 0;
  return startLoad(options, () => {
    count += 1;
    const number = (text: string): string => text.replaceAll('{n}', String(count));
    return { method, route: path, path: number(path), ...(body && { body: mapTexts(body, number) as Record<string, unknown> }) };
  });
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((entry) => mapTexts(entry, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapTexts(entry, change)]));
}
