import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KillSwitchControl } from '../api/kill-switch-control.ts';
import type { KillSwitch } from '../policy/kill-switch.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createKillSwitch, createKillSwitchControl } from './kill-switch.ts';
import { createSettings } from './settings.ts';

const clock = createFakeClock();

describe.each(engines)('the kill switch on %s', (engine) => {
  let temp: TempStore;
  let file: string;
  let control: KillSwitchControl;
  let killSwitch: KillSwitch;
  beforeEach(async () => {
    temp = await openTempStore({ engine });
    file = `${temp.path}.stop`;
    control = createKillSwitchControl(temp.store, clock, file);
    // Another connection, as the agent that has to notice it may be another process.
    killSwitch = createKillSwitch(createSettings(await temp.openAgain(), clock), file);
  });
  afterEach(() => temp.remove());

  it('is turned by a named person with a reason, and seen at once', async () => {
    expect(await control.read()).toEqual({ on: false, file: false, by: null, reason: null, at: null });
    await control.turnOn('ann', 'deploying by hand');
    expect(await killSwitch.isOn()).toBe(true);
    expect(await control.read()).toMatchObject({ on: true, by: 'ann', reason: 'deploying by hand', at: clock.now().toISOString() });
    expect(await control.turnOff('bob', 'done')).toBe(true);
    expect(await killSwitch.isOn()).toBe(false);
    const entries = (await createAuditTrail(temp.store).list({})).filter(({ event }) => event.startsWith('kill-switch'));
    expect(entries.map(({ actor, event, detail }) => [actor, event, detail])).toEqual([
      ['ann', 'kill-switch-on', { reason: 'deploying by hand' }],
      ['bob', 'kill-switch-off', { reason: 'done' }],
    ]);
  });

  it('stays on while the stop file lies there, whoever says otherwise', async () => {
    await control.turnOn('ann', 'trouble');
    await writeFile(file, '');
    expect(await control.turnOff('ann', 'all well')).toBe(false);
    expect(await control.read()).toMatchObject({ on: true, file: true });
    await rm(file);
    expect(await killSwitch.isOn()).toBe(true);
    expect(await control.turnOff('ann', 'all well')).toBe(true);
  });

  it('goes on without the audit trail, and off only with it', async () => {
    await temp.raw(
      engine === 'sqlite'
        ? "create trigger refuses before insert on audit begin select raise(abort, 'refused'); end"
        : 'alter table audit add constraint refuses check (seq < 0)',
    );
    await expect(control.turnOn('ann', 'trouble')).rejects.toThrow();
    expect(await killSwitch.isOn()).toBe(true);
    await expect(control.turnOff('ann', 'all well')).rejects.toThrow();
    expect(await killSwitch.isOn()).toBe(true);
  });

  it('has no setter where the agent can reach it', () => {
    expect(Object.getOwnPropertyNames(killSwitch)).toEqual(['isOn']);
    expect(Object.getPrototypeOf(killSwitch)).toBe(Object.prototype);
    expect(Object.isFrozen(killSwitch)).toBe(true);
  });
});
