/** The part of the OpenTelemetry Astronomy Shop that runs on ECS: what its compose file says, as data. Left out: Kafka and its readers, Jaeger, OpenSearch, the chat. */
import type { Size } from './settings/sizes.ts';

export interface DemoService {
  name: string;
  port: number;
  size: Size;
  count: number;
  /** Hosts of other services are written `{name}`. */
  environment: Readonly<Record<string, string>>;
  /** Of the settings, when it is none of the shop's own images. */
  image?: 'cacheImage' | 'collectorImage' | 'databaseImage' | 'flagdImage';
  command?: readonly string[];
  /** The agent may mend it and experiments may break it; what only carries the others is left alone. */
  isPatient: boolean;
}

/** The namespace in which the shop's tasks find each other. */
export const demoNamespace = 'shop.internal';

const smallest: Size = { cpu: 256, memory: 512 };
const flags = { FLAGD_HOST: '{flagd}', FLAGD_PORT: '8013' };
const service = (name: string, port: number, environment: Record<string, string>, size = smallest): DemoService => ({
  name,
  port,
  size,
  count: 2,
  environment: { OTEL_SERVICE_NAME: name, ...environment },
  isPatient: true,
});
const carrier = (name: string, port: number, more: Partial<DemoService>): DemoService => ({
  name,
  port,
  size: smallest,
  count: 1,
  environment: {},
  isPatient: false,
  ...more,
});

const collector = {
  receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } } },
  connectors: { spanmetrics: { histogram: { explicit: { buckets: ['100ms', '250ms', '500ms', '1s', '2s', '5s'] } } } },
  exporters: { prometheus: { endpoint: '0.0.0.0:9464', resource_to_telemetry_conversion: { enabled: true } } },
  service: {
    pipelines: {
      traces: { receivers: ['otlp'], exporters: ['spanmetrics'] },
      metrics: { receivers: ['otlp', 'spanmetrics'], exporters: ['prometheus'] },
    },
  },
};

export const demoServices: readonly DemoService[] = [
  service('frontend-proxy', 8080, {
    ENVOY_ADDR: '0.0.0.0',
    ENVOY_PORT: '8080',
    ENVOY_ADMIN_PORT: '10000',
    FRONTEND_HOST: '{frontend}',
    FRONTEND_PORT: '8080',
    IMAGE_PROVIDER_HOST: '{image-provider}',
    IMAGE_PROVIDER_PORT: '8081',
    // Envoy wants a name for each of its upstreams; those that are not here answer nothing.
    ...Object.fromEntries(
      ['FLAGD_UI:4000', 'GRAFANA:3000', 'FIREPIT:8080', 'TELEMETRY_DOCS:8000', 'CHATBOT:7860'].flatMap((upstream) => {
        const [name, port = ''] = upstream.split(':');
        return [
          [`${name}_HOST`, 'localhost'],
          [`${name}_PORT`, port],
        ];
      }),
    ),
    JAEGER_HOST: 'localhost',
    JAEGER_UI_PORT: '16686',
    OPAMP_SERVER_HOST: 'localhost',
    OPAMP_SERVER_UI_PORT: '4321',
    OTEL_COLLECTOR_PORT_GRPC: '4317',
    OTEL_COLLECTOR_PORT_HTTP: '4318',
    ...flags,
  }),
  service(
    'frontend',
    8080,
    {
      PORT: '8080',
      FRONTEND_ADDR: '{frontend}:8080',
      AD_ADDR: '{ad}:9555',
      CART_ADDR: '{cart}:7070',
      CHECKOUT_ADDR: '{checkout}:5050',
      CURRENCY_ADDR: '{currency}:7001',
      PRODUCT_CATALOG_ADDR: '{product-catalog}:3550',
      RECOMMENDATION_ADDR: '{recommendation}:9001',
      SHIPPING_ADDR: 'http://{shipping}:50050',
      ENV_PLATFORM: 'local',
      WEB_OTEL_SERVICE_NAME: 'frontend-web',
      ...flags,
    },
    { cpu: 512, memory: 1024 },
  ),
  service('ad', 9555, { AD_PORT: '9555', AD_PROMETHEUS_PORT: '9465', ...flags }, { cpu: 256, memory: 1024 }),
  service('cart', 7070, {
    CART_PORT: '7070',
    VALKEY_ADDR: '{valkey-cart}:6379',
    // Kestrel's way to say: on every address.
    ASPNETCORE_URLS: 'http://*:7070',
    ...flags,
  }),
  service('checkout', 5050, {
    CHECKOUT_PORT: '5050',
    CART_ADDR: '{cart}:7070',
    CURRENCY_ADDR: '{currency}:7001',
    EMAIL_ADDR: 'http://{email}:6060',
    PAYMENT_ADDR: '{payment}:50051',
    PRODUCT_CATALOG_ADDR: '{product-catalog}:3550',
    SHIPPING_ADDR: 'http://{shipping}:50050',
    ...flags,
  }),
  service('currency', 7001, { CURRENCY_PORT: '7001', IPV6_ENABLED: 'false' }),
  service('email', 6060, { EMAIL_PORT: '6060', APP_ENV: 'production', ...flags }),
  service('payment', 50_051, {
    PAYMENT_PORT: '50051',
    IPV6_ENABLED: 'false',
    NODE_OPTIONS: '--require @opentelemetry/auto-instrumentations-node/register',
    ...flags,
  }),
  service('product-catalog', 3550, {
    PRODUCT_CATALOG_PORT: '3550',
    DB_CONNECTION_STRING: 'postgres://astronomy_user@{astronomy-db}/astronomy_db?sslmode=disable',
    ...flags,
  }),
  service('quote', 8090, { QUOTE_PORT: '8090', OTEL_PHP_AUTOLOAD_ENABLED: 'true' }),
  service(
    'recommendation',
    9001,
    { RECOMMENDATION_PORT: '9001', PRODUCT_CATALOG_ADDR: '{product-catalog}:3550', ...flags },
    { cpu: 256, memory: 1024 },
  ),
  service('shipping', 50_050, { SHIPPING_PORT: '50050', QUOTE_ADDR: 'http://{quote}:8090', ...flags }),
  service('image-provider', 8081, { IMAGE_PROVIDER_PORT: '8081', OTEL_COLLECTOR_PORT_GRPC: '4317' }),
  carrier('flagd', 8013, {
    image: 'flagdImage',
    environment: { FLAGD_METRICS_EXPORTER: 'otel', FLAGD_OTEL_COLLECTOR_URI: '{otel-collector}:4317' },
  }),
  carrier('valkey-cart', 6379, { image: 'cacheImage' }),
  // Sample goods, and nobody but the shop's tasks reaches it: a password would protect nothing.
  carrier('astronomy-db', 5432, { image: 'databaseImage', environment: { POSTGRES_USER: 'postgres', POSTGRES_HOST_AUTH_METHOD: 'trust' } }),
  carrier('otel-collector', 4317, {
    image: 'collectorImage',
    size: { cpu: 512, memory: 1024 },
    environment: { COLLECTOR_CONFIG: JSON.stringify(collector) },
    command: ['--config=env:COLLECTOR_CONFIG'],
  }),
  carrier('load-generator', 80, {
    size: { cpu: 512, memory: 1024 },
    environment: { OTEL_SERVICE_NAME: 'load-generator', K6_VUS: '5', K6_BROWSER_ENABLED: 'false', FLAGD_OFREP_PORT: '8016', ...flags },
  }),
];

/** The flag document flagd begins with: every fault of the shop, off. What stands there later is the experimenters'. */
export const demoFlags = {
  $schema: 'https://flagd.dev/schema/v0/flags.json',
  flags: {
    ...Object.fromEntries(
      [
        'adFailure',
        'adHighCpu',
        'adManualGc',
        'failedReadinessProbe',
        'paymentUnreachable',
        'productCatalogFailure',
        'recommendationCacheFailure',
      ].map((name) => [name, { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' }]),
    ),
    ...Object.fromEntries(
      ['cartFailure', 'paymentFailure'].map((name) => [
        name,
        {
          state: 'ENABLED',
          variants: { '100%': 1, '90%': 0.95, '75%': 0.75, '50%': 0.5, '25%': 0.25, '10%': 0.1, off: 0 },
          defaultVariant: 'off',
        },
      ]),
    ),
    ...Object.fromEntries(
      ['imageSlowLoad', 'intlShippingSlowdown'].map((name) => [
        name,
        { state: 'ENABLED', variants: { '10sec': 10_000, '5sec': 5000, off: 0 }, defaultVariant: 'off' },
      ]),
    ),
    emailMemoryLeak: {
      state: 'ENABLED',
      variants: { off: 0, '1x': 1, '10x': 10, '100x': 100, '1000x': 1000, '10000x': 10_000 },
      defaultVariant: 'off',
    },
  },
} as const;
