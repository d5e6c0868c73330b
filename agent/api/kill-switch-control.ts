/**
 * Port of the hand at the kill switch. Only the API has it: what the graph is given can read the switch and nothing else, so that the
 * agent never turns it off.
 */
export interface KillSwitchState {
  on: boolean;
  /** The stop file lies there: the switch is on whatever was set, until somebody removes the file. */
  file: boolean;
  /** Who set it last, why, and when (ISO 8601); null when nobody ever did. */
  by: string | null;
  reason: string | null;
  at: string | null;
}

export interface KillSwitchControl {
  read(): Promise<KillSwitchState>;
  /** On disk when it resolves. Works even when nothing can be audited. */
  turnOn(by: string, reason: string): Promise<void>;
  /** Together with its audit entry, or not at all. False, and nothing done, while the stop file lies there. */
  turnOff(by: string, reason: string): Promise<boolean>;
}
