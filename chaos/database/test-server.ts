/**
 * For vitest: one PostgreSQL a test run, started when the first test asks for it, so that a run without such tests pays nothing.
 * Tests learn by `inject('postgresDoor')` where to ask; it is null when there is no PostgreSQL to be had, which is said aloud.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { findPostgres } from './postgres.ts';
import type { PostgresServer } from './server.ts';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const found = await findPostgres();
  if ('missing' in found) {
    process.stderr.write(`NOT RUN: every test on PostgreSQL, for there is none: ${found.missing}\n`);
    project.provide('postgresDoor', null);
    return async () => undefined;
  }
  let server: Promise<PostgresServer> | undefined;
  const door = createServer((_request, response) => {
    server ??= found.start({ fsync: false });
    server.then(
      ({ url }) => response.end(url),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  project.provide('postgresDoor', `http://127.0.0.1:${(door.address() as AddressInfo).port}`);
  return async () => {
    door.closeAllConnections();
    await new Promise((resolve) => door.close(resolve));
    await (await server?.catch(() => undefined))?.stop();
  };
}
