/** The rule behind an alert, as Prometheus has it: how long its condition must hold, and how far back it looks. */
import { z } from 'zod';
import type { AlertRuleFact } from '../../domain/evidence.ts';
import { askJson, unknownAnswer } from '../http-json.ts';
import { authorizationOf, credentialSent } from '../http-settings.ts';
import type { Asking } from './client.ts';

const system = 'prometheus';

const RulesReply = z.object({
  status: z.literal('success'),
  data: z.object({ groups: z.array(z.object({ rules: z.array(z.unknown()) })) }),
});
const AlertingRule = z.object({ type: z.literal('alerting'), name: z.string(), query: z.string(), duration: z.number().min(0) });

/** Every rule of that name; none when Prometheus has no such rule. Raises UpstreamError. */
export async function readRules({ settings, fetcher, signal, meter }: Asking, alertName: string): Promise<AlertRuleFact[]> {
  // Programs that know these parameters send less; others send every rule, which is as good.
  const asked = new URLSearchParams({ type: 'alert', exclude_alerts: 'true', 'rule_name[]': alertName });
  const json = await askJson(fetcher, {
    system,
    url: `${settings.url.replace(/\/$/, '')}/api/v1/rules?${asked}`,
    headers: authorizationOf(settings),
    maxBytes: settings.maxBytes,
    tooLarge: 'raise maxBytes',
    permission: `${credentialSent(settings)} must be allowed to GET /api/v1/rules`,
    signal,
    meter,
  });
  const reply = RulesReply.safeParse(json);
  if (!reply.success) throw unknownAnswer(system, reply.error);
  return reply.data.data.groups
    .flatMap(({ rules }) => rules)
    .flatMap((rule): AlertRuleFact[] => {
      const { success, data } = AlertingRule.safeParse(rule);
      if (!success || data.name !== alertName) return [];
      return [{ kind: 'alert-rule', name: alertName, forSeconds: data.duration, rangeSeconds: shortestRange(data.query) }];
    });
}

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };

/**
 * Seconds; 0 when the expression looks at no range. The shortest counts: it decides how soon the rule forgets, the longer ones are what it
 * compares with.
 */
export function shortestRange(expression: string): number {
  const withoutText = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  const ranges = [...withoutText.matchAll(/\[\s*([0-9a-z]+)\s*(?::[^\]]*)?\]/g)].flatMap(([, text = '']) => secondsOf(text) ?? []);
  return ranges.length === 0 ? 0 : Math.min(...ranges);
}

/** `1h30m`; undefined for what is no duration. */
function secondsOf(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds[unit] ?? Number.NaN), 0);
}
