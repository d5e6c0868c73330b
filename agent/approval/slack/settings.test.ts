import { describe, expect, it } from 'vitest';
import { slackSettingsSchema } from './settings.ts';

const given = { token: 'xoxb-1', signingSecret: 'secret', channel: 'C0APPROVALS' };

describe('the settings of Slack', () => {
  it('are off unless they are given, and go together', () => {
    expect(slackSettingsSchema.parse({})).toEqual({ apiUrl: 'https://slack.com/api' });
    expect(slackSettingsSchema.safeParse(given).success).toBe(true);
    for (const name of ['token', 'signingSecret', 'channel'] as const) {
      const { [name]: _left, ...rest } = given;
      const issues = slackSettingsSchema.safeParse(rest).error?.issues;
      expect(issues).toMatchObject([{ path: [name], message: expect.stringContaining('belong together') }]);
    }
  });

  it('name a channel by its id', () => {
    expect(slackSettingsSchema.safeParse({ ...given, channel: '#approvals' }).success).toBe(false);
  });

  it('print no secret', () => {
    expect(JSON.stringify(slackSettingsSchema.parse(given))).not.toMatch(/xoxb|"secret"/);
  });
});
