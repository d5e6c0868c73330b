/** Documents and executions of SSM Automation; reads only. */
import type { AutomationExecutionFilter, AutomationExecutionStatus, SSMClient } from '@aws-sdk/client-ssm';
import { type CallContext, readOnce } from '../aws/call.ts';
import { type Document, DocumentReply, type Execution, ExecutionPage, type Runbook } from './schema.ts';

// Most entries of a page.
const pageSize = 50;

/** Not over yet; SSM takes ten values a filter. */
const unfinishedStates: AutomationExecutionStatus[] = [
  'Pending',
  'InProgress',
  'Waiting',
  'Cancelling',
  'PendingApproval',
  'Approved',
  'Scheduled',
  'RunbookInProgress',
  'PendingChangeCalendarOverride',
  'ChangeCalendarOverrideApproved',
];

/** Raises an UpstreamError when there is no such version. */
export async function readDocument(reader: SSMClient, { document, version }: Runbook, context: CallContext): Promise<Document> {
  const { DescribeDocumentCommand } = await import('@aws-sdk/client-ssm');
  const { Document } = await readOnce('ssm:DescribeDocument', DocumentReply, context, (options) =>
    reader.send(new DescribeDocumentCommand({ Name: document, DocumentVersion: version }), options),
  );
  return Document;
}

/** What keeps this version of the document from being run with these parameters; null when nothing does. */
export function unfit({ document, version, sha256, parameters }: Runbook, found: Document): string | null {
  const name = `document ${document} version ${version}`;
  if (found.DocumentType !== 'Automation') return `${name} is of type ${found.DocumentType}, not Automation`;
  if (found.Status !== 'Active') return `${name} is ${found.Status}, not Active`;
  if (sha256 !== undefined && (found.HashType !== 'Sha256' || found.Hash !== sha256)) {
    return `${name} has the hash ${found.Hash}, not the one the settings name`;
  }
  const unknown = Object.keys(parameters).find((key) => !found.Parameters.some(({ Name }) => Name === key));
  if (unknown !== undefined) return `${name} takes no parameter ${unknown}`;
  const missing = found.Parameters.find(({ Name, DefaultValue }) => DefaultValue === undefined && !Object.hasOwn(parameters, Name));
  return missing ? `${name} needs the parameter ${missing.Name}, which the settings do not give` : null;
}

/** Executions of the document, whoever started them, that are not over. */
export async function unfinished(reader: SSMClient, document: string, context: CallContext): Promise<Execution[]> {
  const found = await executions(reader, [filter('DocumentNamePrefix', document), filter('ExecutionStatus', ...unfinishedStates)], context);
  return found.filter(({ DocumentName }) => DocumentName === document);
}

/** The execution that was started under this token; at most one is. */
export async function executionOf(reader: SSMClient, token: string, context: CallContext): Promise<Execution | undefined> {
  const [found] = await executions(reader, [filter('TagKey', tagKeyOf(token))], context);
  return found;
}

/** SSM finds executions by the key of a tag, not by its value: so the token stands in the key. */
export function tagKeyOf(token: string): string {
  return `kintsugi:change/${token}`;
}

function filter(Key: NonNullable<AutomationExecutionFilter['Key']>, ...Values: string[]): AutomationExecutionFilter {
  return { Key, Values };
}

async function executions(reader: SSMClient, Filters: AutomationExecutionFilter[], context: CallContext): Promise<Execution[]> {
  const { DescribeAutomationExecutionsCommand } = await import('@aws-sdk/client-ssm');
  const found: Execution[] = [];
  let NextToken: string | undefined;
  do {
    const page = await readOnce('ssm:DescribeAutomationExecutions', ExecutionPage, context, (options) =>
      reader.send(new DescribeAutomationExecutionsCommand({ Filters, MaxResults: pageSize, NextToken }), options),
    );
    found.push(...page.AutomationExecutionMetadataList);
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}
