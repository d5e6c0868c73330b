/** The kill switch as a setting in the store, or as a file an operator lays down when the store or the agent's API cannot be reached. */
import { access } from 'node:fs/promises';
import type { KillSwitch } from '../policy/kill-switch.ts';
import type { StoredSettings } from './settings.ts';

/** The setting holds `on` or `off`; no row means off. */
export const killSwitchSetting = 'kill-switch';

/** On when the setting says anything but `off`, when the file exists, or when either cannot be read. */
export function createKillSwitch(settings: StoredSettings, filePath: string | null = null): KillSwitch {
  return {
    async isOn() {
      if (filePath !== null && (await mayExist(filePath))) return true;
      try {
        return ((await settings.get(killSwitchSetting)) ?? 'off') !== 'off';
      } catch {
        return true;
      }
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
