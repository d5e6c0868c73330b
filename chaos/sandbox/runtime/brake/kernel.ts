/** What Linux tells of a process and does to its group. Numbers of a process that is gone are null. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Of `sysconf(_SC_CLK_TCK)`: 100 on every Linux Node runs on. */
const msPerTick = 10;

export interface Watched {
  /** User and system time, milliseconds. */
  cpuMs(): number | null;
  /** Bytes read from and written to storage so far; what is in the page cache already does not count. */
  diskBytes(): number | null;
  /** To the whole process group. False when it is gone. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): boolean;
  close(): void;
}

export function watch(pid: number): Watched {
  const stat = openFile(`/proc/${pid}/stat`);
  const io = openFile(`/proc/${pid}/io`);
  return {
    cpuMs() {
      const text = stat.read();
      if (text === null) return null;
      // The name of the program, in brackets, may hold blanks and brackets itself.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * msPerTick;
    },
    diskBytes() {
      const text = io.read();
      if (text === null) return null;
      return Number(/^read_bytes: (\d+)$/m.exec(text)?.[1] ?? 0) + Number(/^write_bytes: (\d+)$/m.exec(text)?.[1] ?? 0);
    },
    signal(signal) {
      try {
        process.kill(-pid, signal);
        return true;
      } catch {
        // ESRCH: the group is gone.
        return false;
      }
    },
    close() {
      stat.close();
      io.close();
    },
  };
}

/** Held open: opening it anew for each look costs more than the look. */
function openFile(path: string): { read(): string | null; close(): void } {
  const buffer = Buffer.alloc(1024);
  let descriptor: number | null;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    descriptor = null;
  }
  return {
    read() {
      if (descriptor === null) return null;
      try {
        return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
      } catch {
        // ESRCH: the process is gone.
        return null;
      }
    },
    close() {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}
