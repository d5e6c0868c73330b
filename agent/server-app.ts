/** Opens the agent's door to the network, or says what keeps it shut. Part of the composition root. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Settings } from './config/settings.ts';
import { ConfigError } from './domain/errors.ts';

/** Answers `http://host:port`, with the port it got where the settings leave that open. */
export async function listen(server: Server, settings: Settings['server']): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, settings)));
    server.listen(settings.port, settings.host, resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function cannotListen(error: Error, { host, port }: Settings['server']): Error {
  const code = 'code' in error ? String(error.code) : '';
  const faults: Record<string, string> = {
    EADDRINUSE: `KINTSUGI_SERVER_PORT=${port}: another process listens on ${host}:${port}; choose another port or stop it`,
    EADDRNOTAVAIL: `KINTSUGI_SERVER_HOST=${host}: this machine has no such address`,
    ENOTFOUND: `KINTSUGI_SERVER_HOST=${host}: no such host`,
    EACCES: `KINTSUGI_SERVER_PORT=${port}: this user may not listen on it; choose one above 1023`,
  };
  const fault = faults[code];
  return fault ? new ConfigError([fault], { cause: error }) : error;
}
