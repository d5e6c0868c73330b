/** The map of a healing run: nodes and edges only. What a node does is in `nodes/`, where it may go is in `edges.ts`. */
import { type BaseCheckpointSaver, END, START, StateGraph } from '@langchain/langgraph';
import type { NodeDependencies } from './dependencies.ts';
import { afterApproval, afterAuditor, afterDecision, afterRemediation, afterVerification } from './edges.ts';
import { createAnalyst } from './nodes/analyst.ts';
import { createApproval } from './nodes/approval.ts';
import { createAuditor } from './nodes/auditor.ts';
import { createDecision } from './nodes/decision.ts';
import { createEscalation } from './nodes/escalation.ts';
import { createInvestigator } from './nodes/investigator.ts';
import { createRemediation } from './nodes/remediation.ts';
import { createVerification } from './nodes/verification.ts';
import { IncidentState } from './state.ts';

/** Changes whenever a node is added, renamed or removed: a run started by another version is never resumed silently. */
export const graphVersion = '2';

/** Versions whose runs go on here: all their nodes are still there, under the same names. */
export const resumableVersions: readonly string[] = ['1', graphVersion];

export function buildGraph(deps: NodeDependencies, checkpointer?: BaseCheckpointSaver) {
  return new StateGraph(IncidentState)
    .addNode('analyst', createAnalyst(deps))
    .addNode('auditor', createAuditor(deps))
    .addNode('investigator', createInvestigator(deps))
    .addNode('decision', createDecision(deps))
    .addNode('approval', createApproval(deps))
    .addNode('remediation', createRemediation(deps))
    .addNode('verification', createVerification(deps))
    .addNode('escalation', createEscalation(deps))
    .addEdge(START, 'analyst')
    .addEdge('analyst', 'auditor')
    .addConditionalEdges('auditor', afterAuditor, ['investigator', 'decision'])
    .addEdge('investigator', 'decision')
    .addConditionalEdges('decision', afterDecision, ['remediation', 'approval', 'verification', 'analyst', 'escalation'])
    .addConditionalEdges('approval', afterApproval, ['remediation', 'escalation'])
    .addConditionalEdges('remediation', afterRemediation, ['verification', 'analyst', 'escalation'])
    .addConditionalEdges('verification', afterVerification, {
      done: END,
      remediation: 'remediation',
      analyst: 'analyst',
      escalation: 'escalation',
    })
    .addEdge('escalation', END)
    .compile(checkpointer ? { checkpointer } : {});
}

export type IncidentGraph = ReturnType<typeof buildGraph>;
