/** Reads the policy file of a path: for the start of the agent, and for `kintsugi policy check`. */
import { readFileSync } from 'node:fs';
import { UpstreamError } from '../../domain/errors.ts';
import { type ParsedPolicy, parsePolicy } from './parse.ts';

/** UpstreamError when there is nothing to read. */
export function readPolicyFile(path: string): ParsedPolicy {
  try {
    return parsePolicy(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UpstreamError('files', 'client', `${path} cannot be read: ${why}`, { cause: error, hint: 'give the path of a policy file' });
  }
}
