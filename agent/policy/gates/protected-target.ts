/** What the agent itself needs to live and to see is never changed by it. */
import type { Resource } from '../../domain/alert.ts';
import { deny, type Gate, pass } from '../gate.ts';

/** Whatever the policy says: the agent, its store, what it sees with, and who tells it. */
export const alwaysProtected = ['kintsugi*', 'postgres*', 'prometheus*', 'alertmanager*'] as const;

export const protectedTarget: Gate = {
  name: 'protected-target',
  onlyMends: true,
  judge({ plan }, { protectedServices }) {
    const pattern = [...alwaysProtected, ...protectedServices].find((one) => matches(one, plan.target));
    if (pattern !== undefined) return deny(`${plan.target.service} is on the list of protected services: ${pattern}.`);
    return pass(`${plan.target.service} is not protected.`);
  },
};

/** `service`, or `cluster/service`; `*` stands for any letters, and capitals do not count. */
function matches(pattern: string, { cluster, service }: Resource): boolean {
  const subject = pattern.includes('/') ? `${cluster}/${service}` : service;
  const letters = pattern.split('*').map((part) => part.replace(/[^A-Za-z0-9]/g, '\\$&'));
  return new RegExp(`^${letters.join('.*')}$`, 'i').test(subject);
}
