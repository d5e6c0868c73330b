/** A service the target calls, in trouble of its own: what the change did to the signals cannot be told then. */
import { find, known, limitOf } from './reading.ts';
import type { RecoveryInput } from './recovery-input.ts';
import type { Sample, VerificationSettings } from './sample.ts';

/** Trouble of its own is plain: this many times its limit, and this many times what it was. A hair above a limit explains nothing. */
const plainly = 2;
/** With more than this many times the requests it got before, its trouble may be the change's doing. */
const moreRequests = 1.25;

/** The first such callee that the change cannot have overrun: it gets no more requests than before, and no more tasks call it. */
export function ownTroubleOf(sample: Sample, input: RecoveryInput, settings: VerificationSettings): string | undefined {
  const tasksBefore = known(find(input.before, input.target)?.desired);
  if (input.desiredAfter !== null && (tasksBefore === null || input.desiredAfter > tasksBefore)) return undefined;
  return input.callees.find((service) => {
    const [is, was] = [find(sample.services, service), find(input.before, service)];
    const [rate, rateBefore] = [known(is?.requestRate), known(was?.requestRate)];
    if (rate === null || rateBefore === null || rate > moreRequests * rateBefore) return false;
    return (['errorRatio', 'latencyP95'] as const).some((signal) => {
      const [value, before, limit] = [known(is?.[signal]), known(was?.[signal]), limitOf(signal, settings)];
      return value !== null && before !== null && before <= limit && value > plainly * limit && value >= plainly * before;
    });
  });
}
