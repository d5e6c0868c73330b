/** Addresses of a network of two or three zones: a small public and a large private range for each. */

export interface SubnetPlan {
  zone: string;
  publicCidr: string;
  privateCidr: string;
}

/** The lower half of the network is private, an eighth of the whole for each zone; the upper half public, a sixteenth each. */
export function planSubnets(cidr: string, zones: readonly string[]): SubnetPlan[] {
  const [address = '', bits = '0'] = cidr.split('/');
  const base = address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const range = (offset: number, length: number) => `${dotted(base + offset)}/${32 - Math.log2(length)}`;
  return zones.map((zone, at) => ({
    zone,
    privateCidr: range(at * (size / 8), size / 8),
    publicCidr: range(size / 2 + at * (size / 16), size / 16),
  }));
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
