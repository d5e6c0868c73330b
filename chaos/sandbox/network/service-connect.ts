/** The network of one task: its ingress link and one egress link per callee, the stand-in for Service Connect's sidecar. */
import type { NetworkFault } from '../world.ts';
import { Link } from './link.ts';

export interface TaskNetworkOptions {
  /** The port the process listens on, and the one its task definition calls it by. */
  appPort: number;
  containerPort: number;
  /** Balancer port of a service in the task's cluster; undefined when there is none, or it does not listen on that port. */
  resolve: (service: string, port: number) => number | undefined;
  /** URL of the AppConfig agent, which on ECS is a container of the task. */
  flagsAgent: () => string;
  random: () => number;
}

/** Where AWS has the AppConfig agent listen. */
const flagsAgentPattern = /^http:\/\/localhost:2772(?=\/|$)/;

/** `http://<service>.<namespace>:<port>`; an address with more dots (an IP, a public name) is left alone. */
const calleePattern = /http:\/\/([a-z0-9][a-z0-9_-]*)\.([a-z][a-z0-9-]*):(\d+)/gi;

export class TaskNetwork {
  readonly #options: TaskNetworkOptions;
  readonly #links = new Map<string, Link>();
  #fault: NetworkFault | null = null;

  private constructor(options: TaskNetworkOptions) {
    this.#options = options;
  }

  static async attach(options: TaskNetworkOptions): Promise<TaskNetwork> {
    const network = new TaskNetwork(options);
    const place = { side: 'ingress', port: options.containerPort } as const;
    network.#links.set('ingress', await Link.listen({ place, upstream: () => options.appPort, random: options.random }));
    return network;
  }

  /** Where balancers, other tasks and Prometheus reach the task. */
  get port(): number {
    return this.#links.get('ingress')?.port ?? 0;
  }

  /** The value with every callee's address replaced by this task's own link to that callee. */
  async rewrite(value: string): Promise<string> {
    const parts: string[] = [];
    let end = 0;
    for (const match of value.matchAll(calleePattern)) {
      const [address, service, , port] = match;
      if (service === undefined || port === undefined) continue;
      const link = await this.#egress(service, Number(port));
      parts.push(value.slice(end, match.index), `http://127.0.0.1:${link.port}`);
      end = match.index + address.length;
    }
    return (parts.join('') + value.slice(end)).replace(flagsAgentPattern, () => this.#options.flagsAgent());
  }

  applyFault(fault: NetworkFault): () => void {
    if (this.#fault !== null) throw new Error(`a ${this.#fault.kind} fault is active already; one network fault per task at a time`);
    this.#setFault(fault);
    return () => {
      if (this.#fault === fault) this.#setFault(null);
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  #setFault(fault: NetworkFault | null): void {
    this.#fault = fault;
    for (const link of this.#links.values()) link.setFault(fault);
  }

  async #egress(service: string, port: number): Promise<Link> {
    const key = `${service}:${port}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const upstream = (): number | undefined => this.#options.resolve(service, port);
    const link = await Link.listen({ place: { side: 'egress', port }, upstream, random: this.#options.random });
    this.#links.set(key, link);
    return link;
  }
}
