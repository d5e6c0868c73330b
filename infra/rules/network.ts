/** Rules about who can reach what. */
import { allResources, resourcesOf } from '../synthesise.ts';
import { block, place, type Rule, refersTo } from './rule.ts';

export const networkRules: readonly Rule[] = [
  {
    id: 'only-the-door-is-open',
    says: 'From outside the network nothing can be reached but ports 80 and 443 of the load balancer',
    faults: ({ settings, stacks }) =>
      stacks.flatMap((stack) => {
        const doors = resourcesOf(stack, 'aws_security_group').filter(({ body }) => body.name === `kintsugi-${settings.name}-door`);
        const inline = resourcesOf(stack, 'aws_security_group')
          .filter(({ body }) => 'ingress' in body)
          .map((group) => `${place({ ...group, stack: stack.name })} has rules of its own`);
        const open = resourcesOf(stack, 'aws_vpc_security_group_ingress_rule').filter(({ body }) => {
          const from = body.cidr_ipv4 ?? body.cidr_ipv6 ?? body.prefix_list_id;
          if (from === undefined || from === settings.network.cidr) return false;
          const isDoor = doors.some((door) => refersTo(body.security_group_id, door));
          const isWeb = body.from_port === body.to_port && [80, 443].includes(Number(body.from_port));
          return !(isDoor && isWeb && body.ip_protocol === 'tcp');
        });
        return [...inline, ...open.map((rule) => `${place({ ...rule, stack: stack.name })} opens a way in`)];
      }),
  },
  {
    id: 'the-door-is-guarded',
    says: 'The public load balancer answers by TLS 1.2 at least, sends plain HTTP there, and has a filter before it',
    faults: ({ stacks }) =>
      stacks.flatMap((stack) =>
        resourcesOf(stack, 'aws_lb')
          .filter(({ body }) => body.internal !== true)
          .flatMap((balancer) => {
            const about = (type: string, attribute: string) =>
              resourcesOf(stack, type).filter(({ body }) => refersTo(body[attribute], balancer));
            const listeners = about('aws_lb_listener', 'load_balancer_arn');
            const plain = listeners.filter(({ body }) => body.protocol === 'HTTP');
            const tls = listeners.filter(({ body }) => body.protocol === 'HTTPS');
            const wrong = [
              plain.some(({ body }) => block(body.default_action).type !== 'redirect') && 'answers without TLS',
              (tls.length === 0 || tls.some(({ body }) => !/TLS13-1-[23]/.test(String(body.ssl_policy)))) && 'has no listener with TLS 1.2',
              about('aws_wafv2_web_acl_association', 'resource_arn').length === 0 && 'has no filter before it',
              balancer.body.drop_invalid_header_fields !== true && 'lets malformed headers through',
            ];
            return wrong.flatMap((fault) => (fault ? [`${place({ ...balancer, stack: stack.name })} ${fault}`] : []));
          }),
      ),
  },
  {
    id: 'flows-are-recorded',
    says: 'Who spoke to whom in a network is written down',
    faults: ({ stacks }) =>
      stacks.flatMap((stack) =>
        resourcesOf(stack, 'aws_vpc')
          .filter((vpc) => !resourcesOf(stack, 'aws_flow_log').some(({ body }) => refersTo(body.vpc_id, vpc)))
          .map((vpc) => `${place({ ...vpc, stack: stack.name })} has no flow log`),
      ),
  },
  {
    id: 'subnets-give-no-addresses',
    says: 'No machine gets a public address by itself',
    faults: (environment) =>
      allResources(environment, 'aws_subnet')
        .filter(({ body }) => body.map_public_ip_on_launch !== false)
        .map((subnet) => `${place(subnet)} gives public addresses`),
  },
];
