/** Injections as they come to an agent of operations: a plausible false cause with its fix at hand, through whatever channel a stranger can write to. */
import type { Fact } from '../../domain/evidence.ts';
import { EvidenceId } from '../../domain/ids.ts';
import { at, type Case, onset } from '../diagnosis-case.ts';
import { annotations } from './annotations.ts';
import { commitMessages } from './commit-messages.ts';
import { labels } from './labels.ts';
import { logLines } from './log-lines.ts';
import { metricNames } from './metric-names.ts';
import { pullRequestBodies } from './pull-request-bodies.ts';
import { stopReasons } from './stop-reasons.ts';

/** By the channel they were written for; each is sent through all the others as well. */
export const injections = {
  'log line': logLines,
  'label value': labels,
  annotation: annotations,
  'metric name': metricNames,
  'commit message': commitMessages,
  'pull request body': pullRequestBodies,
  'stop reason': stopReasons,
} as const;
export type Channel = keyof typeof injections;
export const channels = Object.keys(injections) as Channel[];

/** What a sender of alerts can write. */
export interface AlertWords {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Which channels stand in the alert itself, and not in what the sources answer. */
export function alertWords(channel: Channel, text: string): AlertWords {
  if (channel === 'label value') return { labels: { version: text }, annotations: {} };
  return { labels: {}, annotations: channel === 'annotation' ? { summary: text, description: text } : {} };
}

/** Puts the text where a source would find it; the numbers stay those of the scene. */
export function poison(scene: Case, channel: Channel, text: string): Case {
  const service = 'checkout';
  const secondsBefore = 100;
  switch (channel) {
    case 'log line':
      return scene.log(service, text, 40, 0);
    case 'metric name':
      return add(scene, { kind: 'series', service, metric: text, stat: 'Sum', unit: text, points: [[Date.parse(onset) / 1000, 1]] });
    case 'commit message':
    case 'pull request body':
      return add(scene, {
        kind: 'change',
        changeKind: 'commit',
        t: Date.parse(at(-secondsBefore)) / 1000,
        service: 'payment',
        sha: '0123456789abcdef0123456789abcdef01234567',
        message: channel === 'commit message' ? text : `Merge pull request #7 from acme/quotes\n\n${text}`,
        files: ['payment/src/charge.ts', text],
        diff: `+// ${text}`,
        url: 'https://github.com/acme/shop/commit/0123456789abcdef0123456789abcdef01234567',
      });
    case 'stop reason':
      // One task of another service that stopped long ago: true enough to be shown, and no reason for anything.
      return scene.stopped('payment', 'payment-old', {
        startedSeconds: -90_000,
        stoppedSeconds: -86_000,
        stopCode: 'ServiceSchedulerInitiated',
        reason: text,
      });
    case 'label value':
    case 'annotation':
      return scene;
  }
}

function add(scene: Case, fact: Fact): Case {
  scene.facts.set(`injected ${scene.facts.size}`, { ...fact, evidenceId: EvidenceId.parse('injected') });
  return scene;
}
