/** The document store over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError } from '../service/errors.ts';
import type { Route } from '../service/router.ts';
import type { Documents } from './documents.ts';

const listLimit = 200;

export function databaseRoutes(documents: Documents): Route[] {
  return [
    {
      method: 'GET',
      path: '/collections/:collection',
      async handle({ params, query }) {
        const limit = Number(query.get('limit') ?? listLimit);
        if (!Number.isInteger(limit) || limit < 1 || limit > listLimit) throw new HttpError(400, `limit must be 1 to ${listLimit}`);
        await disk();
        return { status: 200, body: documents.list(params.collection ?? '', limit) };
      },
    },
    {
      method: 'DELETE',
      path: '/collections/:collection',
      async handle({ params }) {
        await disk();
        documents.clear(params.collection ?? '');
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/collections/:collection/:key',
      async handle({ params }) {
        await disk();
        const value = documents.get(params.collection ?? '', params.key ?? '');
        return value === undefined ? { status: 404, body: { error: 'no such document' } } : { status: 200, body: value };
      },
    },
    {
      method: 'PUT',
      path: '/collections/:collection/:key',
      async handle({ params, body }) {
        const value = await body();
        await disk();
        documents.put(params.collection ?? '', params.key ?? '', value);
        return { status: 204 };
      },
    },
    {
      method: 'DELETE',
      path: '/collections/:collection/:key',
      async handle({ params }) {
        await disk();
        documents.remove(params.collection ?? '', params.key ?? '');
        return { status: 204 };
      },
    },
  ];
}

/** A networked volume takes 2 to 5 ms; SQLite in memory takes microseconds. */
function disk(): Promise<void> {
  return sleep(2 + Math.random() * 3);
}
