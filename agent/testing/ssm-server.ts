/**
 * The automation part of SSM on the wire the SDK speaks (JSON 1.1), for tests: DescribeDocument, StartAutomationExecution and
 * DescribeAutomationExecutions (filters DocumentNamePrefix, ExecutionStatus, TagKey), errors as SSM spells them. An execution stays
 * `InProgress` until a test says otherwise. Not imitated: signatures, the content of documents and what their steps do, targets and rate
 * control, child executions, change templates, the delay before an execution shows in the list. What SSM does with a client token it has
 * seen is documented as "cannot be reused" only; here the same request is answered with the first execution, another one is refused.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type AwsAnswer, type AwsCall, type AwsDouble, AwsRefusal, jsonAnswer, pageOf } from './aws-double.ts';

export interface SsmDocument {
  name: string;
  version: string;
  type?: string;
  status?: string;
  content?: string;
  parameters?: { Name: string; Type: string; DefaultValue?: string }[];
}
export interface SsmExecution {
  id: string;
  document: string;
  version: string;
  status: string;
  parameters: Record<string, string[]>;
  tags: { Key: string; Value: string }[];
  token: string | undefined;
  failure?: string;
}

export interface SsmState {
  documents: SsmDocument[];
  /** Oldest first. */
  executions: SsmExecution[];
  /** Entries of a page. */
  pageSize: number;
}

const contentType = 'application/x-amz-json-1.1';
const target = /^AmazonSSM\.(DescribeDocument|StartAutomationExecution|DescribeAutomationExecutions)$/;

export function createSsm(documents: readonly SsmDocument[]): AwsDouble & { state: SsmState } {
  const state: SsmState = { documents: [...documents], executions: [], pageSize: 50 };
  const operations: Record<string, (input: Record<string, unknown>) => object> = {
    DescribeDocument: (input) => describeDocument(state, input),
    StartAutomationExecution: (input) => start(state, input),
    DescribeAutomationExecutions: (input) => list(state, input),
  };
  return {
    state,
    changing: new Set(['StartAutomationExecution']),
    read(request, body) {
      const [, operation] = target.exec(String(request.headers['x-amz-target'])) ?? [];
      return operation === undefined ? undefined : { operation, input: JSON.parse(body.toString()) as Record<string, unknown> };
    },
    answer({ operation, input }: AwsCall): AwsAnswer {
      const reply = operations[operation]?.(input);
      if (!reply) throw new AwsRefusal(400, 'UnknownOperationException', `no ${operation} here`);
      return jsonAnswer(reply, 200, contentType);
    },
    refuse: ({ status, type, message }) => jsonAnswer({ __type: type, message }, status, contentType),
  };
}

function find(state: SsmState, name: unknown, version: unknown): SsmDocument | undefined {
  return state.documents.find((document) => document.name === name && document.version === version);
}

function describeDocument(state: SsmState, { Name, DocumentVersion }: Record<string, unknown>): object {
  if (!state.documents.some((document) => document.name === Name)) {
    throw new AwsRefusal(400, 'InvalidDocument', 'The specified document does not exist.');
  }
  const document = find(state, Name, DocumentVersion);
  if (!document) throw new AwsRefusal(400, 'InvalidDocumentVersion', 'The document version is not valid or does not exist.');
  const { name, version, type = 'Automation', status = 'Active', content = '{}', parameters } = document;
  return {
    Document: {
      Name: name,
      DocumentVersion: version,
      DocumentType: type,
      Status: status,
      Hash: createHash('sha256').update(content).digest('hex'),
      HashType: 'Sha256',
      ...(parameters ? { Parameters: parameters } : {}),
    },
  };
}

const uuid = /^[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/;

function start(state: SsmState, input: Record<string, unknown>): object {
  const { DocumentName, DocumentVersion, ClientToken, Tags = [] } = input;
  const parameters = (input.Parameters ?? {}) as Record<string, string[]>;
  const tags = Tags as SsmExecution['tags'];
  if (ClientToken !== undefined && !uuid.test(String(ClientToken))) throw validation('clientToken is no UUID');
  if (tags.length > 5) throw validation('tags: at most five');
  if (!state.documents.some((document) => document.name === DocumentName)) {
    throw new AwsRefusal(400, 'AutomationDefinitionNotFoundException', `Document ${String(DocumentName)} does not exist`);
  }
  const document = find(state, DocumentName, DocumentVersion);
  if (!document) throw new AwsRefusal(400, 'AutomationDefinitionVersionNotFoundException', `no version ${String(DocumentVersion)}`);
  checkParameters(document, parameters);
  const earlier = state.executions.find(({ token }) => token !== undefined && token === ClientToken);
  if (earlier) {
    const isSame = earlier.document === DocumentName && JSON.stringify(earlier.parameters) === JSON.stringify(parameters);
    if (!isSame) throw new AwsRefusal(400, 'IdempotentParameterMismatch', 'the token was used with other parameters');
    return { AutomationExecutionId: earlier.id };
  }
  const { name, version } = document;
  const token = ClientToken === undefined ? undefined : String(ClientToken);
  const execution: SsmExecution = { id: randomUUID(), document: name, version, status: 'InProgress', parameters, tags, token };
  state.executions.push(execution);
  return { AutomationExecutionId: execution.id };
}

function checkParameters({ parameters = [] }: SsmDocument, given: Record<string, string[]>): void {
  const unknown = Object.keys(given).find((name) => !parameters.some(({ Name }) => Name === name));
  const missing = parameters.find(({ Name, DefaultValue }) => DefaultValue === undefined && !(Name in given));
  if (unknown === undefined && !missing) return;
  throw new AwsRefusal(400, 'InvalidAutomationExecutionParametersException', `parameter ${unknown ?? missing?.Name}`);
}

function list(state: SsmState, { Filters = [], MaxResults, NextToken }: Record<string, unknown>): object {
  const tests = (Filters as { Key: string; Values: string[] }[]).map(({ Key, Values }) => {
    const test = filters[Key];
    if (!test) throw new AwsRefusal(400, 'InvalidFilterKey', `the filter ${Key} is not imitated`);
    return (execution: SsmExecution) => Values.some((value) => test(execution, value));
  });
  const found = state.executions.filter((execution) => tests.every((test) => test(execution))).toReversed();
  const { entries, next } = pageOf(found, Math.min(Number(MaxResults ?? 50), state.pageSize), NextToken);
  return {
    AutomationExecutionMetadataList: entries.map(({ id, document, version, status, failure }) => ({
      AutomationExecutionId: id,
      DocumentName: document,
      DocumentVersion: version,
      AutomationExecutionStatus: status,
      FailureMessage: failure,
    })),
    NextToken: next,
  };
}

const filters: Record<string, (execution: SsmExecution, value: string) => boolean> = {
  DocumentNamePrefix: ({ document }, value) => document.startsWith(value),
  ExecutionStatus: ({ status }, value) => status === value,
  TagKey: ({ tags }, value) => tags.some(({ Key }) => Key === value),
};

function validation(message: string): AwsRefusal {
  return new AwsRefusal(400, 'ValidationException', message);
}
