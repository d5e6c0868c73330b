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

/** A REST-JSON service (FIS). */
export interface RestHandler {
  handles(method: string, path: string): boolean;
  handle(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
    caller: Caller,
  ): Promise<{ status: number; body: unknown }>;
}

export type XmlValue = string | number | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** An API that is asked by `Action`. The handler answers the members of its result. */
export interface QueryApi {
  namespace: string;
  operations: Readonly<Record<string, (form: URLSearchParams) => { readonly [name: string]: XmlValue }>>;
}

/** One AWS service. `mutating` names what the journal records: operation names, or `METHOD /first-segment` for REST (`POST /experiments`). */
export interface ApiModule {
  /** The part of `x-amz-target` before the dot. */
  targetPrefix?: string;
  operations?: Operations;
  rest?: RestHandler;
  query?: QueryApi;
  mutating: ReadonlySet<string>;
}
