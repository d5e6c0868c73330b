/** Runs one command to its end. */
import { execFile } from 'node:child_process';

export interface RunResult {
  /** -1 when the command could not be started at all. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Never rejects: a command that fails is an answer. */
export type Run = (command: string, args: string[], options?: { cwd?: string; signal?: AbortSignal }) => Promise<RunResult>;

const TIMEOUT_MS = 180_000;

export const run: Run = (command, args, { cwd, signal } = {}) =>
  new Promise((resolve) => {
    execFile(command, args, { cwd, signal, timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr: stderr === '' && error !== null ? error.message : stderr });
    });
  });

/** The last lines of what went wrong, on one line. */
export function reasonOf({ stdout, stderr }: RunResult): string {
  const text = stderr.trim() === '' ? stdout : stderr;
  return text.trim().split('\n').slice(-3).join(' | ');
}
