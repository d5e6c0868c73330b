/** What the agent itself needs to live and to see is never changed by it. */
import { deny, type Gate, pass } from '../gate.ts';

export const protectedTarget: Gate = {
  name: 'protected-target',
  judge({ plan }, { protectedServices }) {
    const service = plan.target.service;
    const isProtected = protectedServices.some((name) => name.toLowerCase() === service.toLowerCase());
    return isProtected ? deny(`${service} is on the list of protected services.`) : pass(`${service} is not protected.`);
  },
};
