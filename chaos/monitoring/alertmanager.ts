/** A real Alertmanager as a child process. */
import { join } from 'node:path';
import { type ListeningProgram, startListening } from './child.ts';
import type { Programs } from './programs.ts';

export interface AlertmanagerOptions {
  programs: Programs;
  /** Holds alertmanager.yml. */
  configDir: string;
  /** Holds silences and the notification log; an empty folder. */
  dataDir: string;
}

export function startAlertmanager({ programs, configDir, dataDir }: AlertmanagerOptions): Promise<ListeningProgram> {
  return startListening({
    name: 'Alertmanager',
    command: programs.alertmanager,
    // Programs unpacked from a distribution's package find their templates relative to here, see unpack.ts.
    cwd: programs.shareDir ?? configDir,
    readyPath: '/-/ready',
    args: (address) => [
      `--config.file=${join(configDir, 'alertmanager.yml')}`,
      `--storage.path=${dataDir}`,
      `--web.listen-address=${address}`,
      // One instance: no gossip port, no wait for peers.
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
  });
}
