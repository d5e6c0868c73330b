/** What the numbers were taken on: read from the kernel, so that a reader can tell a quiet machine from a busy one. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  /** Of the folder the stores lie in. */
  fileSystem: string;
  /** `core 0 / core 1`, or why nothing is pinned. */
  pinning: string;
}

/** Linux's magic numbers of the file systems one meets; what lives in memory makes every fsync free. */
const fileSystems: Record<number, string> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlay',
  16914836: 'tmpfs',
};

export function describeMachine(folder: string, isPinned: boolean): Machine {
  const type = statfsSync(folder).type;
  return {
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'} (${arch()})`,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    fileSystem: fileSystems[type] ?? `type 0x${type.toString(16)}`,
    pinning: isPinned
      ? 'what is measured on core 0, load generator and stubs on core 1'
      : 'nothing is pinned: taskset or a second core is missing, so load and measured program share all cores',
  };
}

export const loadAverage = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');

/** Whether two cores can be told apart here. */
export function canPin(): boolean {
  try {
    execFileSync('taskset', ['-c', '1', 'true'], { stdio: 'ignore' });
    return availableParallelism() >= 2;
  } catch {
    return false;
  }
}

/** Processor time a process used since it began, milliseconds; its threads count, its children do not. */
export function cpuMs(pid: number): number {
  // The name in brackets may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** MiB: resident now, its share of shared pages counted (PSS), and the most that was ever resident. */
export function memoryMiB(pid: number): { resident: number; proportional: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (text: string, name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
  return { resident: read(status, 'VmRSS'), proportional: read(rollup, 'Pss'), peak: read(status, 'VmHWM') };
}
