/** Two hands on one service do harm: an unfinished or not yet verified change on the target has to end first. */
import { deny, type Gate, pass, targetOf } from '../gate.ts';

export const changeInFlight: Gate = {
  name: 'change-in-flight',
  onlyMends: true,
  judge(request) {
    if (request.changes === null) return deny('The past changes could not be read.');
    const target = targetOf(request);
    for (const change of request.changes) {
      if (change.target !== target) continue;
      const isOurs = change.incidentId === request.incidentId;
      if (!change.finished) {
        return deny(`${change.action} on ${target} by ${isOurs ? 'this incident' : `incident ${change.incidentId}`} is not finished.`);
      }
      if (!isOurs && change.verified === null) {
        return deny(`${change.action} on ${target} by incident ${change.incidentId} is not verified yet.`);
      }
    }
    return pass(`No other change is in flight on ${target}.`);
  },
};
