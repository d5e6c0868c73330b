import { describe, expect, it } from 'vitest';
import { createAbortWatch } from './abort-watch.ts';

describe('createAbortWatch', () => {
  it('breaks off only when one probe was outside at every look for so long', () => {
    const watch = createAbortWatch([{ name: 'most are served' }, { name: 'the database runs' }], 10_000);
    expect(watch.look([false, true], 0)).toBeNull();
    expect(watch.look([false, false], 9_000)).toBeNull();
    expect(watch.look([true, false], 9_500)).toBeNull();
    expect(watch.look([false, false], 18_999)).toBeNull();
    expect(watch.look([false, false], 19_000)).toBe('"the database runs" was outside its tolerance for 10 s');
  });

  it('takes no data for outside', () => {
    const watch = createAbortWatch([{ name: 'most are served' }], 5_000);
    expect(watch.look([null], 0)).toBeNull();
    expect(watch.look([null], 5_000)).toContain('most are served');
  });
});
