import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { reservePort } from './reserved-port.ts';

it('hands the port over although somebody calls all the time', async () => {
  const { port, release } = await reservePort();
  const caller = connect(port, '127.0.0.1');
  caller.on('error', () => undefined);
  onTestFinished(() => void caller.destroy());
  // Its connection is reset, which `once` would take for a failure.
  await new Promise((resolve) => caller.once('close', resolve));
  await release();
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  expect(server.listening).toBe(true);
});
