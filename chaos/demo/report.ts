/** What came of a scene, as a row of the table and as JSON. Times are seconds since the fault; null means it never happened. */
import Table from 'cli-table3';

export interface SceneResult {
  number: number;
  title: string;
  fault: string;
  /** Until the agent had the first webhook, began the first change, and users were well again. */
  detectSeconds: number | null;
  actSeconds: number | null;
  recoverSeconds: number | null;
  /** From the first webhook to the first change. */
  webhookToActionSeconds: number | null;
  /** Changes the agent made, as the sandbox's journal of API calls holds them. */
  changes: { operation: string; service: string; at: string }[];
  /** `action on service`, or `none`. */
  action: string;
  right: boolean;
  /** Why it counts as right or wrong. */
  why: string[];
  agentOff: { recoverSeconds: number | null; watchedSeconds: number };
  incidents: { id: string; alert: string; service: string; outcome: string; reason: string }[];
}

export interface DemoRun {
  startedAt: string;
  /** Until everything was up and the baseline was there. */
  readySeconds: number;
  totalSeconds: number;
  agent: { coldStartMs: number; residentMiB: number | null };
  scenes: SceneResult[];
  /** Changes the agent made outside any scene, `operation on service`: there must be none. */
  strayChanges: string[];
}

const seconds = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} s`);

export function renderTable(scenes: readonly SceneResult[]): string {
  const table = new Table({
    head: ['scene', 'detect', 'act', 'recover', 'action taken', 'right?', 'the same fault, agent off'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [34, 10, 10, 10, 34, 8, 32],
  });
  for (const scene of scenes) {
    const off = scene.agentOff;
    const without =
      off.recoverSeconds === null ? `not recovered after ${seconds(off.watchedSeconds)}` : `recovered after ${seconds(off.recoverSeconds)}`;
    table.push([
      `${scene.number}. ${scene.title}`,
      seconds(scene.detectSeconds),
      seconds(scene.actSeconds),
      seconds(scene.recoverSeconds),
      scene.action,
      scene.right ? 'right' : 'WRONG',
      without,
    ]);
  }
  return table.toString();
}

export function allRight(runs: readonly DemoRun[]): boolean {
  return (
    runs.length > 0 &&
    runs.every((run) => run.scenes.length > 0 && run.strayChanges.length === 0 && run.scenes.every((scene) => scene.right))
  );
}
