/** A process of its own, so that a busy sandbox brakes nobody longer than meant, and a sandbox that is killed leaves nobody standing. */
import { type BrakeOrder, Governor } from './governor.ts';
import { watch } from './kernel.ts';

const governors = new Map<number, Governor>();
const clock = {
  now: () => performance.now(),
  after: (ms: number, then: () => void) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

function release(pid: number): void {
  governors.get(pid)?.close();
  governors.delete(pid);
}

process.on('message', ({ pid, limits }: BrakeOrder) => {
  release(pid);
  if (limits === null) return;
  const governor = new Governor(watch(pid), clock, limits, () => release(pid));
  governors.set(pid, governor);
  governor.start();
});
process.on('disconnect', () => {
  for (const pid of [...governors.keys()]) release(pid);
  process.exit();
});
// Ctrl-C goes to every process of the terminal; this one ends when the sandbox does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
