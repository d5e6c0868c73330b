/** Port of the kill switch: while it is on, nothing is changed. What cannot be read counts as on; the agent itself never turns it off. */

export interface KillSwitch {
  isOn(): Promise<boolean>;
}
