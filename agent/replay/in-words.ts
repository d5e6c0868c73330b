/** A replay as lines for people. Pure. */
import type { Difference } from './decisions.ts';
import type { PlayedStep, Replay } from './replay.ts';

export function replayLines(replay: Replay): string[] {
  const { incident, steps, recordedSteps, stopped, assumed } = replay;
  const by = replay.isOtherPolicy ? 'by another policy' : 'by the policy that was in force';
  return [
    `${incident.alertName} of ${incident.resource.cluster}/${incident.resource.service}, incident ${incident.id}`,
    `${steps.length} steps played, ${recordedSteps} recorded, judged ${by}`,
    '',
    ...steps.flatMap(stepLines),
    '',
    ...(stopped === null ? [endLine(replay)] : [`The replay ends here: ${stopped}.`]),
    ...assumed.map((one) => `Assumed: ${one}.`),
    conclusion(replay),
  ];
}

function stepLines({ node, recorded, differences }: PlayedStep): string[] {
  const decided = differences.filter(({ isWording }) => !isWording);
  if (recorded === null) return [`  ${node}: the run did not come here`, ...decided.flatMap(differenceLines)];
  if (decided.length > 0) return [`  ${node}: decides otherwise`, ...decided.flatMap(differenceLines)];
  const words = differences.map(({ about }) => about).join(', ');
  return [`  ${node}: the same${words === '' ? '' : `, in other words (${words})`}`];
}

function differenceLines({ about, was, would }: Difference): string[] {
  return [`    ${about}`, `      was ${told(was)}`, `      would ${would === null ? 'not be' : `be ${told(would)}`}`];
}

function told(one: Difference['was']): string {
  if (one === null) return 'not there';
  return one.because === '' ? one.said : `${one.said}: ${one.because}`;
}

function endLine({ ended: { was, would } }: Replay): string {
  return was === would ? `It ends as it ended: ${would ?? 'open'}.` : `It would end as ${would ?? 'open'}; it ended as ${was ?? 'open'}.`;
}

function conclusion({ isSame, steps, recordedSteps, stopped }: Replay): string {
  if (isSame) return 'Every decision is the same.';
  const differing = steps.filter(({ differences }) => differences.some(({ isWording }) => !isWording)).length;
  if (differing > 0) return `${differing} of ${steps.length} steps decide otherwise.`;
  return stopped === null ? 'It takes another way.' : `The same as far as it could be played: ${steps.length} of ${recordedSteps} steps.`;
}
