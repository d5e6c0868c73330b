/** What the wire asks of a service and what a service may answer; it knows neither HTTP nor any one AWS service. */

/** Who called: the access key id of the request's signature. */
export interface Caller {
  principal: string;
}

/** Operation name as AWS spells it → handler; the handler throws `ServiceException` for an error AWS would answer. */
export type Operations = Record<string, (input: Record<string, unknown>, caller: Caller) => unknown | Promise<unknown>>;

/** An error in AWS's own spelling: `code` becomes `__type` and the `x-amzn-errortype` header, `fields` join the body. */
export class ServiceException extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Record<string, unknown>;
  constructor(code: string, message: string, status = 400, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** A REST-JSON call as it came over the wire. */
export interface RestCall {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it was sent. */
  body: string;
}

/** What a call is and says, as the journal writes it down. */
export interface RestRequest extends RestCall {
  operation: string;
  input: Record<string, unknown>;
}

export interface RestAnswer {
  status: number;
  /** A string is sent as it is; `headers` then says of which type it is. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** A REST-JSON service (FIS, AppConfig). */
export interface RestHandler {
  handles(method: string, path: string): boolean;
  /** For a service whose calls have more to them than a JSON body; left out, the operation is `METHOD /path` and the input the body. */
  read?(call: RestCall): { operation: string; input: Record<string, unknown> };
  /** Calls that need no signature: what stands beside a task, not at AWS. */
  isOpen?(method: string, path: string): boolean;
  handle(request: RestRequest, caller: Caller): Promise<RestAnswer>;
}

export type XmlValue = string | number | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** An API that is asked by `Action`. The handler answers the members of its result. */
export interface QueryApi {
  namespace: string;
  operations: Readonly<Record<string, (form: URLSearchParams) => { readonly [name: string]: XmlValue }>>;
}

/** One AWS service. `mutating` names what the journal records: operation names, or `METHOD /first-segment` for REST without names (`POST /experiments`). */
export interface ApiModule {
  /** The part of `x-amz-target` before the dot. */
  targetPrefix?: string;
  operations?: Operations;
  rest?: RestHandler;
  query?: QueryApi;
  mutating: ReadonlySet<string>;
  /** Members of inputs that the journal does not write down. */
  secret?: ReadonlySet<string>;
}
