/** What a Fargate task may be given; the provider takes any pair and AWS refuses it at the first deployment. */

/** CPU units → memory in MiB, as ECS lists them for Linux. */
const memoryByCpu: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: steps(1024, 4096, 1024),
  1024: steps(2048, 8192, 1024),
  2048: steps(4096, 16_384, 1024),
  4096: steps(8192, 30_720, 1024),
  8192: steps(16_384, 61_440, 4096),
  16384: steps(32_768, 122_880, 8192),
};

export interface Size {
  cpu: number;
  memory: number;
}

export function isFargateSize({ cpu, memory }: Size): boolean {
  return memoryByCpu[cpu]?.includes(memory) ?? false;
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, at) => from + at * step);
}
