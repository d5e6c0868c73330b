/**
 * The load generator's command line:
 *   main.ts shoppers --url http://127.0.0.1:PORT [--rate 25] [--seed 1] [--seconds N]
 *   main.ts hang-ups --url http://127.0.0.1:PORT [--count 120] [--seconds 10]
 * Prints one JSON summary line at the end and on SIGUSR2; SIGTERM or SIGINT end it early.
 */
import { parseArgs } from 'node:util';
import { sendHangUps, usualWave } from './hang-ups.ts';
import { startShoppers } from './shoppers.ts';

function numberOf(name: string, value: string | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`--${name} is "${value}"; give a number`);
  return number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string' },
      count: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const [mode] = positionals;
  const { url } = values;
  if (url === undefined) throw new Error('--url is missing; give the address of the storefront (shoppers) or of the cart (hang-ups)');
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  if (mode === 'hang-ups') {
    const count = numberOf('count', values.count, usualWave.count);
    const overMs = numberOf('seconds', values.seconds, usualWave.overMs / 1000) * 1000;
    console.log(JSON.stringify(await sendHangUps({ url, count, overMs, signal: stop.signal })));
  } else if (mode === 'shoppers') {
    const run = startShoppers({
      url,
      rate: numberOf('rate', values.rate, 25),
      seed: numberOf('seed', values.seed, 1),
      durationMs: numberOf('seconds', values.seconds, Number.POSITIVE_INFINITY) * 1000,
      signal: stop.signal,
    });
    process.on('SIGUSR2', () => console.log(JSON.stringify(run.summary())));
    console.log(JSON.stringify(await run.done));
  } else throw new Error(`unknown mode "${mode ?? ''}"; use "shoppers" or "hang-ups"`);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(2);
  },
);
