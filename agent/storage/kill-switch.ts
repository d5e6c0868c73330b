/** The kill switch as a setting in the store, or as a file an operator lays down when the store or the agent's API cannot be reached. */
import { access } from 'node:fs/promises';
import type { KillSwitchControl } from '../api/kill-switch-control.ts';
import type { AuditEntry } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import type { KillSwitch } from '../policy/kill-switch.ts';
import { appendAudit } from './audit-trail.ts';
import { createSettings, type StoredSettings, setSetting } from './settings.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';

/** The setting holds `on` or `off`; no row means off. */
export const killSwitchSetting = 'kill-switch';
/** JSON: who set it last, why and when. */
const noteSetting = 'kill-switch-note';

interface Note {
  by: string;
  reason: string;
  at: string;
}

/** On when the setting says anything but `off`, when the file exists, or when either cannot be read. It can be read, and nothing else. */
export function createKillSwitch(settings: Pick<StoredSettings, 'get'>, filePath: string | null = null): KillSwitch {
  return Object.freeze({
    async isOn() {
      if (filePath !== null && (await mayExist(filePath))) return true;
      try {
        return ((await settings.get(killSwitchSetting)) ?? 'off') !== 'off';
      } catch {
        return true;
      }
    },
  });
}

/** For the API alone. */
export function createKillSwitchControl(store: Store, clock: Clock, filePath: string | null = null): KillSwitchControl {
  const settings = createSettings(store, clock);
  const killSwitch = createKillSwitch(settings, filePath);
  const noteOf = (by: string, reason: string): Note => ({ by, reason, at: clock.now().toISOString() });
  const entryOf = (event: 'kill-switch-on' | 'kill-switch-off', { by, reason, at }: Note): AuditEntry => ({
    at,
    incidentId: null,
    actor: by,
    event,
    detail: { reason },
  });

  return {
    async read() {
      const note = await settings.get(noteSetting);
      const { by, reason, at } = note ? (JSON.parse(note) as Note) : { by: null, reason: null, at: null };
      return { on: await killSwitch.isOn(), file: filePath !== null && (await mayExist(filePath)), by, reason, at };
    },

    async turnOn(by, reason) {
      const note = noteOf(by, reason);
      // By itself first: a trail that cannot be written is one more reason to stop.
      await store.write(() => rows(setSetting(store, killSwitchSetting, 'on', note.at)), { urgent: true });
      await store.write(function* () {
        yield* rows(setSetting(store, noteSetting, JSON.stringify(note), note.at));
        yield* appendAudit(store, [entryOf('kill-switch-on', note)]);
      });
    },

    async turnOff(by, reason) {
      if (filePath !== null && (await mayExist(filePath))) return false;
      const note = noteOf(by, reason);
      await store.write(function* () {
        yield* appendAudit(store, [entryOf('kill-switch-off', note)]);
        yield* rows(setSetting(store, noteSetting, JSON.stringify(note), note.at));
        yield* rows(setSetting(store, killSwitchSetting, 'off', note.at));
      });
      return true;
    },
  };
}

async function mayExist(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}
