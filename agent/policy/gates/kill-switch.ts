/** The switch that stops every change. Read right before judging; unreadable means on. */
import { deny, type Gate, pass } from '../gate.ts';

export const killSwitch: Gate = {
  name: 'kill-switch',
  judge({ killSwitch }) {
    if (killSwitch === null) return deny('The kill switch could not be read, so it counts as on.');
    return killSwitch === false ? pass('The kill switch is off.') : deny('The kill switch is on.');
  },
};
