/** After a change the target is left alone for a while, whoever asks and whatever the change was. */
import { ageSeconds, deny, type Gate, pass, targetOf, within } from '../gate.ts';

export const cooldown: Gate = {
  name: 'cooldown',
  judge(request, { cooldownSeconds }) {
    if (request.changes === null) return deny('The past changes could not be read.');
    const target = targetOf(request);
    const [recent] = within(
      request.changes.filter((change) => change.target === target),
      request.now,
      cooldownSeconds,
    );
    if (!recent) return pass(`${target} has not been changed within the cooldown of ${cooldownSeconds} s.`);
    const age = ageSeconds(recent.at, request.now);
    const when = age === null ? 'at an unknown time' : `${Math.round(age)} s ago`;
    return deny(`${target} was changed by ${recent.action} ${when}, the cooldown is ${cooldownSeconds} s.`);
  },
};
