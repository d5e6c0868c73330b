/** Loaded into every container process: the sandbox holds the other end of stdin, so when it is gone, even by SIGKILL, the process goes too. */
process.stdin.on('error', () => process.exit(137));
process.stdin.on('close', () => process.exit(137));
process.stdin.resume();
// The pipe must not keep a process alive that has nothing else to do.
(process.stdin as { unref?: () => void }).unref?.();
