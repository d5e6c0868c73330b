import { describe, expect, it } from 'vitest';
import { planSubnets } from './subnets.ts';

/** First and last address of a range, as numbers. */
function range(cidr: string): [number, number] {
  const [address = '', bits] = cidr.split('/');
  const first = address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
  return [first, first + 2 ** (32 - Number(bits)) - 1];
}

describe('the subnets of a network', () => {
  it('are large and private, small and public, for each zone', () => {
    expect(planSubnets('10.20.0.0/16', ['a', 'b'])).toEqual([
      { zone: 'a', privateCidr: '10.20.0.0/19', publicCidr: '10.20.128.0/20' },
      { zone: 'b', privateCidr: '10.20.32.0/19', publicCidr: '10.20.144.0/20' },
    ]);
  });

  it.each(['10.0.0.0/16', '172.16.16.0/20', '192.168.0.0/18'])('of %s lie in it and beside each other', (cidr) => {
    const [low, high] = range(cidr);
    const ranges = planSubnets(cidr, ['a', 'b', 'c'])
      .flatMap(({ publicCidr, privateCidr }) => [range(publicCidr), range(privateCidr)])
      .sort(([a], [b]) => a - b);
    expect(ranges).toHaveLength(6);
    for (const [at, [first, last]] of ranges.entries()) {
      expect(first).toBeGreaterThanOrEqual(low);
      expect(last).toBeLessThanOrEqual(high);
      expect(first).toBeGreaterThan(ranges[at - 1]?.[1] ?? -1);
    }
  });
});
