import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const token = ['ghp', 'abcdefghij0123456789'].join('_');

function logged(log: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  log(createLogger('info', { write: (line: string) => void lines.push(line) }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/\}\n$/);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

it('writes fields as they are', () => {
  const fields = { incidentId: 'i-1', count: 2, reason: 'timeout', key: 'k', nested: { service: 'cart' } };
  expect(logged((logger) => logger.info(fields, 'a run failed'))).toMatchObject({ ...fields, level: 'info', msg: 'a run failed' });
});

it('writes no secret of an error, of its causes or of its fields', () => {
  const cause = Object.assign(new Error(`\n${token} was refused`), { config: { headers: { authorization: 'Basic c2hvcA==' } } });
  const error = new Error('connect postgres://shop:hunter2@db/shop', { cause });
  const line = JSON.stringify(logged((logger) => logger.error({ err: error, token: 'plain' }, `with ${token}`)));
  for (const secret of [token, 'hunter2', 'plain', 'c2hvcA']) expect(line).not.toContain(secret);
  expect(line).toContain('connect postgres://***@db/shop');
});
