/** Approval: holds nothing but the interrupt. The request was written by the decision, the answer is read back by the runner. */
import { interrupt } from '@langchain/langgraph';
import type { NodeDependencies } from '../dependencies.ts';
import type { Approval } from '../state.ts';
import { defineNode } from './node.ts';

export function createApproval(deps: NodeDependencies) {
  return defineNode(deps, 'approval', async (state) => ({
    answered: interrupt<{ approvalId: string | null }, Approval>({ approvalId: state.decided?.approvalId ?? null }),
  }));
}
