/** Where approvals are asked and answered in Slack; off without a token. */
import { z } from 'zod';
import { credential } from '../../domain/secret.ts';

export const slackSettingsSchema = z
  .object({
    token: credential('Bot token of the Slack app (`xoxb-…`, scope chat:write); without it no approval is asked in Slack'),
    signingSecret: credential('Signing secret of the Slack app: only what it signed counts as a click'),
    channel: z
      .string()
      .regex(/^[CG][A-Z0-9]{2,30}$/, 'must be the id of a channel, such as C024BE91L')
      .optional()
      .describe('Id of the channel approvals are asked in; the app must be a member'),
    apiUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://slack.com/api')
      .describe('Base URL of Slack’s Web API'),
  })
  .superRefine(({ token, signingSecret, channel }, context) => {
    const given = Object.entries({ token, signingSecret, channel });
    const missing = given.filter(([, value]) => value === undefined).map(([name]) => name);
    if (missing.length === 0 || missing.length === given.length) return;
    for (const name of missing)
      context.addIssue({ code: 'custom', path: [name], message: 'token, signing secret and channel belong together' });
  });

export type SlackSettings = z.infer<typeof slackSettingsSchema>;
