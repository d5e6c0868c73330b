/** Services of the shop as plain processes for one test file, and what a test asks of them. */
import { type LocalProcess, startImage } from '../local-process.ts';

export interface Back {
  CATALOG_URL: string;
  CART_URL: string;
  DATABASE_URL: string;
  PAYMENT_URL: string;
}

export interface Front {
  checkout: LocalProcess;
  storefront: LocalProcess;
}

export class RunningShop {
  readonly processes: LocalProcess[] = [];

  async start(reference: string, env: Record<string, string> = {}): Promise<LocalProcess> {
    const process = await startImage(reference, env);
    this.processes.push(process);
    return process;
  }

  async startBack(): Promise<{ back: Back; database: LocalProcess; payment: LocalProcess; catalog: LocalProcess; cart: LocalProcess }> {
    const database = await this.start('shop/database:1.0.3');
    const env = { DATABASE_URL: database.url };
    const [payment, catalog, cart] = await Promise.all([
      this.start('shop/payment:1.2.7'),
      this.start('shop/catalog:3.0.4', env),
      this.start('shop/cart:2.1.0', env),
    ]);
    const back = { ...env, CATALOG_URL: catalog.url, CART_URL: cart.url, PAYMENT_URL: payment.url };
    return { back, database, payment, catalog, cart };
  }

  async startFront(back: Back, checkoutVersion = '1.4.2', storefrontVersion = '2.3.1'): Promise<Front> {
    const checkout = await this.start(`shop/checkout:${checkoutVersion}`, { ...back });
    const storefront = await this.start(`shop/storefront:${storefrontVersion}`, { ...back, CHECKOUT_URL: checkout.url });
    return { checkout, storefront };
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop('SIGKILL')));
  }
}

export async function ask(base: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(base + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: response.status, body: await response.json().catch(() => null) };
}

/** The sum of all samples of `name` whose labels include all of `labels`. */
export async function metric(base: string, name: string, labels: Record<string, string> = {}): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Polls until `read` answers true; the test's own timeout is the limit. */
export async function until(read: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await read())) await new Promise((resolve) => setTimeout(resolve, 20));
}
