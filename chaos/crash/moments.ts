/** Where the laboratory kills: every named moment of an incident's run, with what is on disk and what is not. */

export interface Moment {
  name: string;
  means: string;
  /**
   * The trouble whose run comes by here: mended by the roll-back, made worse by it (so that it is undone and handed over), or mended
   * after a person said yes.
   */
  trouble: 'cured' | 'worse' | 'asked';
}

const node = (name: string, trouble: Moment['trouble'], effect: string): Moment[] => [
  { name: `${name}.entered`, trouble, means: `The ${name} begins: the step before is on disk, nothing of this one.` },
  { name: `${name}.done`, trouble, means: `The ${name} has ended: ${effect}; its result is in memory only.` },
  { name: `${name}.checkpointed`, trouble, means: `The checkpoint after the ${name} is on disk; what comes next has not begun.` },
];

export const moments: readonly Moment[] = [
  { name: 'receive.unwritten', trouble: 'cured', means: 'The webhook is read and checked, nothing is on disk, nothing is answered.' },
  { name: 'receive.written', trouble: 'cured', means: 'The notification is on disk, the 202 is not sent: the sender will send it again.' },
  { name: 'receive.answered', trouble: 'cured', means: 'The 202 is sent, no alert row and no incident exist yet.' },
  { name: 'receive.sorted', trouble: 'cured', means: 'Alert row and incident are on disk, nobody has claimed the incident.' },
  { name: 'claimed', trouble: 'cured', means: 'The lease is taken, the run has not begun.' },
  ...node('analyst', 'cured', 'evidence and diagnosis are in their tables and in the audit trail'),
  ...node('auditor', 'cured', 'the audited ranking is in the audit trail'),
  ...node('decision', 'cured', 'the verdict is in the audit trail'),
  { name: 'intended', trouble: 'cured', means: 'Intent and audit entry are in the store, the change has not been looked at once more.' },
  { name: 'effect-next', trouble: 'cured', means: 'The last check has passed, the change is about to be made.' },
  { name: 'effect-made', trouble: 'cured', means: 'The cloud has made the change and said so; the ledger does not know.' },
  { name: 'outcome-written', trouble: 'cured', means: 'The ledger knows the outcome; the audit trail and the graph do not.' },
  ...node('remediation', 'cured', 'the change is made, in the ledger and in the audit trail'),
  { name: 'remediation.written', trouble: 'cured', means: "The remediation's result is with the saver, the checkpoint after it is not." },
  ...node('verification', 'cured', 'the change is judged and the incident is closed'),
  { name: 'closed', trouble: 'cured', means: 'The incident row says closed; the graph has not ended.' },
  ...node('undo', 'worse', 'the change is put back, in the ledger and in the audit trail'),
  { name: 'undo-intended', trouble: 'worse', means: 'The intent to put it back is in the ledger, nothing is put back.' },
  { name: 'undo-made', trouble: 'worse', means: 'The cloud has put it back; the ledger does not know.' },
  ...node('escalation', 'worse', 'the incident is handed over and closed'),
  { name: 'approval.entered', trouble: 'asked', means: 'The request for approval is on disk, the run is about to stop for the answer.' },
  { name: 'asked', trouble: 'asked', means: 'The incident waits for a person; nobody works on it.' },
  { name: 'approval.done', trouble: 'asked', means: 'The answer is on disk and read; that the run has it is in memory only.' },
  { name: 'approval.checkpointed', trouble: 'asked', means: 'The checkpoint after the approval is on disk; the change has not begun.' },
];
