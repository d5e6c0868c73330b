import { describe, expect, it } from 'vitest';
import { Governor, type Limits } from './governor.ts';

/** A process that wants `demand` cores, seen as Linux shows it: CPU in steps of 10 ms. Time moves a millisecond at a time, only when told to. */
class Scene {
  now = 0;
  standing = 0;
  isStanding = false;
  isGone = false;
  wasGone = false;
  usedMs = 0;
  bytes = 0;
  demand: number;
  readonly governor: Governor;
  #timers: { at: number; then: () => void }[] = [];

  constructor(limits: Partial<Limits>, demand: number) {
    this.demand = demand;
    const watched = {
      cpuMs: () => (this.isGone ? null : Math.floor(this.usedMs / 10) * 10),
      diskBytes: () => (this.isGone ? null : this.bytes),
      signal: (signal: string) => {
        this.isStanding = signal === 'SIGSTOP';
        return !this.isGone;
      },
      close: () => {},
    };
    const clock = { now: () => this.now, after: (ms: number, then: () => void) => this.#after(ms, then) };
    this.governor = new Governor(watched, clock, { cores: null, rivalCores: 0, diskMs: 0, ...limits }, () => {
      this.wasGone = true;
    });
    this.governor.start();
  }

  #after(ms: number, then: () => void): () => void {
    const timer = { at: this.now + Math.max(1, Math.round(ms)), then };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  run(ms: number, each: () => void = () => {}): this {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 1;
      if (this.isStanding) this.standing += 1;
      else {
        this.usedMs += this.demand;
        each();
      }
      const due = this.#timers.filter(({ at }) => at <= this.now);
      this.#timers = this.#timers.filter(({ at }) => at > this.now);
      for (const { then } of due) then();
    }
    return this;
  }
}

describe('a limit of CPU', () => {
  it.each([
    { cores: 0.25, demand: 1 },
    { cores: 0.5, demand: 1 },
    { cores: 0.25, demand: 2 },
  ])('gives $cores cores to a task that wants $demand', ({ cores, demand }) => {
    const { usedMs } = new Scene({ cores }, demand).run(20_000);
    expect(usedMs / 20_000).toBeGreaterThan(0.9 * cores);
    expect(usedMs / 20_000).toBeLessThan(1.1 * cores);
  });

  it('lets a task alone that wants less', () => {
    expect(new Scene({ cores: 0.25 }, 0.1).run(20_000).standing).toBe(0);
  });

  it('takes what a task used beyond its share while nobody looked off the periods after', () => {
    const scene = new Scene({ cores: 0.25 }, 0.05).run(1_000);
    const before = scene.usedMs;
    scene.demand = 1;
    scene.run(10_000);
    expect((scene.usedMs - before) / 10_000).toBeLessThan(0.28);
  });
});

describe('rivals', () => {
  it('use the share up and leave everybody standing, an idle task, too', () => {
    const { standing } = new Scene({ cores: 0.25, rivalCores: 2 }, 0).run(10_000);
    expect(standing / 10_000).toBeGreaterThan(0.8);
    expect(standing / 10_000).toBeLessThan(0.95);
  });

  it('leave a busy task its part of the share', () => {
    const { usedMs } = new Scene({ cores: 0.25, rivalCores: 2 }, 1).run(20_000);
    expect(usedMs / 20_000).toBeGreaterThan(0.05);
    expect(usedMs / 20_000).toBeLessThan(0.11);
  });

  it('hold nobody up as long as there is enough for all', () => {
    expect(new Scene({ cores: 1, rivalCores: 0.5 }, 0.3).run(10_000).standing).toBe(0);
  });
});

describe('a busy disk', () => {
  it('holds a task up after each access, and for no longer', () => {
    const scene = new Scene({ diskMs: 80 }, 0);
    scene.run(1_000);
    expect(scene.standing).toBe(0);
    scene.bytes += 4096;
    scene.run(1_000);
    expect(scene.standing).toBe(80);
    scene.run(1_000, () => {
      scene.bytes += 1;
    });
    expect(scene.standing).toBeGreaterThan(900);
  });

  it('and a used-up share together let a task go only when both are over', () => {
    const scene = new Scene({ cores: 0.25, rivalCores: 2, diskMs: 500 }, 0);
    scene.bytes = 1;
    scene.run(480);
    // Four periods began meanwhile; the disk is not ready.
    expect(scene.standing).toBeGreaterThan(460);
  });
});

describe('the end', () => {
  it('lets a task go that stands', () => {
    const scene = new Scene({ cores: 0.25, rivalCores: 2 }, 0);
    while (!scene.isStanding) scene.run(1);
    scene.governor.close();
    expect(scene.isStanding).toBe(false);
    expect(scene.run(1_000).standing).toBeLessThan(100);
  });

  it.each([{ cores: 0.25 }, { cores: 0.25, rivalCores: 2 }, { diskMs: 50 }])('is told when the process is gone, with %j', (limits) => {
    const scene = new Scene(limits, 1).run(500);
    expect(scene.wasGone).toBe(false);
    scene.isGone = true;
    scene.run(500);
    expect(scene.wasGone).toBe(true);
  });
});
