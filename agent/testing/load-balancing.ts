/** Elastic Load Balancing on the wire (query protocol, XML), as far as target groups and the health of their targets go. Tests only. */
import type { RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface TargetGroupDouble {
  arn: string;
  loadBalancers: string[];
  targets?: { id: string; port: number; state: string; reason?: string; description?: string }[];
}
export interface ElbFailure {
  code: string;
  message: string;
  status: number;
}

const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const tag = (name: string, value: string | number | undefined) =>
  value === undefined ? '' : `<${name}>${escaped(String(value))}</${name}>`;

/** What is asked by query goes to the load balancers, everything else to `others`. `deny` refuses single operations. */
export function withLoadBalancers(
  groups: readonly TargetGroupDouble[],
  others: RequestListener,
  deny: Readonly<Record<string, ElbFailure>> = {},
): RequestListener {
  return async (request, response) => {
    if (!String(request.headers['content-type']).startsWith('application/x-www-form-urlencoded')) {
      others(request, response);
      return;
    }
    const form = new URLSearchParams(await text(request));
    const action = form.get('Action') ?? '';
    const failure = deny[action];
    if (failure !== undefined) fail(response, failure);
    else if (action === 'DescribeTargetGroups') {
      const asked = [...form].filter(([key]) => key.startsWith('TargetGroupArns.member.')).map(([, arn]) => arn);
      const found = groups.filter(({ arn }) => asked.includes(arn));
      const members = found.map(
        ({ arn, loadBalancers }) =>
          `<member>${tag('TargetGroupArn', arn)}<LoadBalancerArns>${loadBalancers.map((one) => tag('member', one)).join('')}</LoadBalancerArns></member>`,
      );
      send(response, action, `<TargetGroups>${members.join('')}</TargetGroups>`);
    } else if (action === 'DescribeTargetHealth') {
      const group = groups.find(({ arn }) => arn === form.get('TargetGroupArn'));
      if (group === undefined) fail(response, { code: 'TargetGroupNotFound', message: 'One or more target groups not found', status: 400 });
      else {
        const members = (group.targets ?? []).map(
          ({ id, port, state, reason, description }) =>
            `<member><Target>${tag('Id', id)}${tag('Port', port)}</Target><TargetHealth>${tag('State', state)}${tag('Reason', reason)}${tag('Description', description)}</TargetHealth></member>`,
        );
        send(response, action, `<TargetHealthDescriptions>${members.join('')}</TargetHealthDescriptions>`);
      }
    } else fail(response, { code: 'InvalidAction', message: `${action} is not imitated`, status: 400 });
  };
}

const namespace = 'xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"';

function send(response: ServerResponse, action: string, result: string): void {
  const metadata = '<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>';
  response
    .writeHead(200, { 'content-type': 'text/xml' })
    .end(`<${action}Response ${namespace}><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`);
}

function fail(response: ServerResponse, { code, message, status }: ElbFailure): void {
  const error = `<Error><Type>Sender</Type>${tag('Code', code)}${tag('Message', message)}</Error>`;
  response
    .writeHead(status, { 'content-type': 'text/xml' })
    .end(`<ErrorResponse ${namespace}>${error}<RequestId>1</RequestId></ErrorResponse>`);
}
