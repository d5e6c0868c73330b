import { describe, expect, it } from 'vitest';
import { bundleFormat, bundleVersion, readBundle, sealed } from './bundle.ts';

const whole = sealed({
  format: bundleFormat,
  version: bundleVersion,
  writtenAt: '2026-01-01T00:00:00.000Z',
  incident: {
    id: 'incident-1',
    alertName: 'Slow',
    resource: { cluster: 'shop', service: 'cart' },
    status: 'closed',
    outcome: 'recovered',
    outcomeReason: '',
    graphVersion: '2',
  },
  alerts: [],
  parts: {},
  steps: [
    {
      step: 1,
      node: 'analyst',
      at: '2026-01-01T00:00:00.000Z',
      settings: '',
      leftOut: '',
      update: {},
      entries: [1, { call: 'a.b', key: '' }],
      facts: [],
    },
  ],
  evidence: [],
  evidenceLeftOut: [],
  changes: [],
  approvals: [],
  trail: [],
});

describe('a bundle', () => {
  it('is read as it was written, whatever the order of its fields', () => {
    const turned = Object.fromEntries(Object.entries(whole).toReversed());
    expect(readBundle(JSON.stringify(turned))).toEqual(whole);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['a list', '[]', /no bundle/],
    ['another file', '{"version":1}', /no bundle/],
    ['a later version', JSON.stringify({ ...whole, version: 2 }), /format version 2; this kintsugi plays version 1/],
    ['a version that is no number', JSON.stringify({ ...whole, version: '1' }), /format version "1"/],
    ['a changed outcome', JSON.stringify({ ...whole, incident: { ...whole.incident, outcome: 'fixed' } }), /not what was written/],
    ['a field more', JSON.stringify({ ...whole, more: true }), /not what was written/],
    ['one that lacks a part', JSON.stringify(sealed({ ...whole, steps: [{ step: 1 }] } as never)), /does not fit the format: steps\.0/],
  ])('is refused when it is %s', (_, text, why) => {
    expect(() => readBundle(text)).toThrow(expect.objectContaining({ code: 'BUNDLE_INVALID', message: expect.stringMatching(why) }));
  });
});
