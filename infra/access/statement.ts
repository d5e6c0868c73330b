/** Statements of IAM policies as plain data, so that they can be read, joined and simulated before they are anybody's. */

export interface Statement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Action: readonly string[];
  Resource?: readonly string[];
  /** Everything but these; for what is denied only. */
  NotResource?: readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Of a policy that stands at a resource or says who may take a role. */
export interface ResourceStatement extends Statement {
  Principal: '*' | Readonly<Record<string, string | readonly string[]>>;
}

type Details = Pick<Statement, 'Condition'>;

export function allow(Sid: string, Action: readonly string[], Resource: readonly string[], details: Details = {}): Statement {
  return { Sid, Effect: 'Allow', Action, Resource, ...details };
}

export function deny(Sid: string, Action: readonly string[], Resource: readonly string[], details: Details = {}): Statement {
  return { Sid, Effect: 'Deny', Action, Resource, ...details };
}

export function policy(statements: readonly (Statement | ResourceStatement)[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** A service of AWS that may take a role, for things of this account only. */
export function trustService(service: string, accountId: string): ResourceStatement {
  return {
    Sid: 'Service',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: ['sts:AssumeRole'],
    Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
  };
}
