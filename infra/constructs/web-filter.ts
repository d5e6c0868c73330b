/** A filter before the load balancer: AWS' lists of bad input and known attackers, and a limit for each address. */
import { Wafv2WebAcl } from '@cdktf/provider-aws/lib/wafv2-web-acl/index.js';
import { Wafv2WebAclAssociation } from '@cdktf/provider-aws/lib/wafv2-web-acl-association/index.js';
import { Construct } from 'constructs';

export interface WebFilterSettings {
  name: string;
  balancerArn: string;
  requestsPerFiveMinutes: number;
}

const managedLists = [
  'AWSManagedRulesAmazonIpReputationList',
  'AWSManagedRulesCommonRuleSet',
  'AWSManagedRulesKnownBadInputsRuleSet',
] as const;

export class WebFilter extends Construct {
  constructor(scope: Construct, id: string, { name, balancerArn, requestsPerFiveMinutes }: WebFilterSettings) {
    super(scope, id);
    const seen = (metric: string) => ({ cloudwatchMetricsEnabled: true, metricName: metric, sampledRequestsEnabled: true });
    const acl = new Wafv2WebAcl(this, 'acl', {
      name,
      description: 'Before the load balancer',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: seen(name),
      rule: [
        ...managedLists.map((list, at) => ({
          name: list,
          priority: at,
          overrideAction: { none: {} },
          visibilityConfig: seen(list),
          // cdktf hands what is below `statement` on as it is: written as Terraform spells it.
          statement: {
            managed_rule_group_statement: {
              vendor_name: 'AWS',
              name: list,
              // Webhooks of ten thousand alerts are larger than the 8 KB this rule takes for an attack.
              ...(list === 'AWSManagedRulesCommonRuleSet'
                ? { rule_action_override: [{ name: 'SizeRestrictions_BODY', action_to_use: { count: {} } }] }
                : {}),
            },
          },
        })),
        {
          name: 'rate',
          priority: managedLists.length,
          action: { block: {} },
          visibilityConfig: seen('rate'),
          statement: { rate_based_statement: { limit: requestsPerFiveMinutes, aggregate_key_type: 'IP' } },
        },
      ],
    });
    new Wafv2WebAclAssociation(this, 'association', { resourceArn: balancerArn, webAclArn: acl.arn });
  }
}
