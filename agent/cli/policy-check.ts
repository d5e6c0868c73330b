/** What `kintsugi policy check` prints: every fault with its line, or what each action may do by the file. */
import { faultLine } from '../config/policy-file/parse.ts';
import { readPolicyFile } from '../config/policy-file/read.ts';

export interface Checked {
  text: string;
  isInOrder: boolean;
}

/** UpstreamError when the file cannot be read. */
export function checkPolicy(file: string, as: 'words' | 'json'): Checked {
  const parsed = readPolicyFile(file);
  const isInOrder = 'policy' in parsed;
  if (as === 'json') return { text: JSON.stringify(parsed), isInOrder };
  if (!isInOrder) return { text: parsed.faults.map((fault) => faultLine(file, fault)).join('\n'), isInOrder };
  const { flags, autonomy, confidence } = parsed.policy;
  const actions = Object.entries(flags).map(([action, isOn]) => {
    if (!isOn) return `  ${action}: off`;
    return `  ${action}: ${autonomy.byAction[action] ?? autonomy.default}, from confidence ${confidence.byAction[action] ?? confidence.default}`;
  });
  return { text: [`${file} is in order`, ...actions].join('\n'), isInOrder };
}
