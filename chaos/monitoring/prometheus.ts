/** A real Prometheus as a child process. */
import { join } from 'node:path';
import { type ListeningProgram, startListening } from './child.ts';
import type { Programs } from './programs.ts';
import { shortenDuration } from './shorten-intervals.ts';

export interface PrometheusOptions {
  programs: Programs;
  /** Holds prometheus.yml. */
  configDir: string;
  /** Holds the time series; an empty folder. */
  dataDir: string;
  /** The same as the configuration's. */
  pace: number;
}

const RESEND_DELAY = '1m';

export function startPrometheus({ programs, configDir, dataDir, pace }: PrometheusOptions): Promise<ListeningProgram> {
  return startListening({
    name: 'Prometheus',
    command: programs.prometheus,
    cwd: configDir,
    readyPath: '/-/ready',
    args: (address) => [
      `--config.file=${join(configDir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${dataDir}`,
      `--web.listen-address=${address}`,
      // A default of the program rather than a setting of ours, and yet one more interval of the alert's way.
      `--rules.alert.resend-delay=${shortenDuration(RESEND_DELAY, pace)}`,
      '--log.level=warn',
    ],
  });
}
