/** ARNs of things that live beside a service: same partition, Region and account. */

/** `('arn:aws:ecs:eu-west-1:1:service/shop/checkout', 'fis', 'experiment/EXP1')` → `arn:aws:fis:eu-west-1:1:experiment/EXP1`; `*` when the service's is not known. */
export function arnBeside(serviceArn: string | undefined, service: string, resource: string): string {
  const [, partition, , region, account] = serviceArn?.split(':') ?? [];
  return account === undefined ? '*' : `arn:${partition}:${service}:${region}:${account}:${resource}`;
}
