/** Who may import whom. The rules and their reasons stand in `.github/CONTRIBUTING.md`; `.github/boundaries.ts` runs them. */
import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser';

const test = '[.](test|contract)[.]ts$|^agent/testing/|^chaos/[^/]+/testing/';
/** Folders whose subfolders are plug-ins. */
const pluginKinds = '(action|audit|evidence|intake|llm|notify)';
/** Subfolders that are no plug-ins, but what several of them stand on. */
const rooms = '(?:action/(?:aws|ecs|github|put-back)|llm/(?:chain|budget|redaction|investigation|preview))/';
const plugin = `^agent/(?!${rooms})${pluginKinds}/([^/]+)/`;
const pure = '^agent/(policy|diagnosis|health)/';
const port =
  '^agent/(evidence/(source|store)|action/(action|action-store|rights)|notify/notifier|llm/(adviser|budget|redactor)|incident/store|approval/store|recording/(recording|store)|audit/(anchor|progress|trail))[.]ts$';
const vendorSdk = '(^|node_modules/)(@aws-sdk/|@octokit/|@slack/|better-sqlite3|kysely|pg$|@langchain/(openai|anthropic|aws|google))';
const ours = '^(agent|chaos|evaluation|infra|dashboards|docs|[.]github)/';

const forbidden: IForbiddenRuleType[] = [
  { name: 'no-cycles', comment: 'A cycle has no order to read it in.', from: {}, to: { circular: true } },
  { name: 'no-dead-imports', comment: 'The imported file does not exist.', from: {}, to: { couldNotResolve: true } },
  {
    name: 'domain-stands-alone',
    comment: 'domain holds the words everybody shares; it imports nothing of ours.',
    from: { path: '^agent/domain/', pathNot: test },
    to: { path: ours, pathNot: '^agent/domain/' },
  },
  {
    name: 'pure-imports-only-domain',
    comment: 'policy, diagnosis and health are pure functions over plain data.',
    from: { path: pure, pathNot: test },
    to: { path: ours, pathNot: ['^agent/$1/', '^agent/domain/'] },
  },
  {
    name: 'pure-has-no-node',
    comment: 'domain, policy, diagnosis and health reach neither Node nor its clock.',
    from: { path: '^agent/(domain|policy|diagnosis|health)/', pathNot: test },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'pure-takes-time-as-data',
    comment: 'Rules get the time as an argument, not a clock.',
    from: { path: pure, pathNot: test },
    to: { path: '^agent/domain/clock[.]ts$' },
  },
  {
    name: 'pure-uses-few-packages',
    comment: 'Of packages the pure folders use zod and small pure mathematics.',
    from: { path: '^agent/(domain|policy|diagnosis|health)/', pathNot: test },
    to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/(zod|simple-statistics)/' },
  },
  {
    name: 'graph-sees-ports',
    comment: 'Nodes know the ports, never a plug-in, the list of them, the settings or the database.',
    from: { path: '^agent/graph/', pathNot: test },
    to: {
      path: [
        plugin,
        '^agent/action/(aws|ecs|github)/',
        '^agent/llm/(chain|budget|redaction|preview)/',
        `^agent/${pluginKinds}/(index|plugin)[.]ts$`,
        '^agent/(api|config|intake|storage)/',
        '^agent/(app|main)[.]ts$',
      ],
    },
  },
  {
    name: 'plugins-are-strangers',
    comment: 'A plug-in never imports another plug-in.',
    from: { path: plugin },
    to: { path: plugin, pathNot: '^agent/$1/$2/' },
  },
  {
    name: 'plugins-know-no-config',
    comment: 'A plug-in is handed its own settings.',
    from: { path: plugin, pathNot: test },
    to: { path: '^agent/config/' },
  },
  {
    name: 'plugins-have-one-door',
    comment: 'From outside, only the index.ts of a plug-in is imported.',
    from: { path: '^agent/', pathNot: plugin },
    to: { path: plugin, pathNot: [`${plugin}index[.]ts$`, test] },
  },
  {
    name: 'vendor-sdks-at-the-edges',
    comment: 'Vendor SDKs appear in plug-in folders, storage and llm; app.ts and audit-app.ts create the clients.',
    from: { path: '^agent/', pathNot: [`^agent/${pluginKinds}/`, '^agent/storage/', '^agent/(app|audit-app)[.]ts$', test] },
    to: { path: vendorSdk },
  },
  {
    name: 'ports-name-no-vendor',
    comment: 'A port speaks our words: of packages it may use zod.',
    from: { path: port },
    to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/zod/' },
  },
  {
    name: 'agent-knows-only-itself',
    comment: 'The agent must not know that a sandbox, an evaluation or an infrastructure exists.',
    from: { path: '^agent/' },
    to: { path: ours, pathNot: '^agent/' },
  },
  {
    name: 'chaos-knows-the-api',
    comment: 'The chaos runs see the agent as its users do; their campaigns share the frame that counts and reports.',
    from: { path: '^chaos/' },
    to: { path: '^agent/', pathNot: '^agent/(api/contract|testing/campaign)[.]ts$' },
  },
  {
    name: 'evaluation-asks-the-diagnosis',
    comment:
      'The evaluation measures the diagnosis by its pure functions and by the command; it shares how pages are written and how chance is seeded.',
    from: { path: '^evaluation/', pathNot: '^evaluation/models/' },
    to: {
      path: ours,
      pathNot: ['^evaluation/', '^agent/diagnosis/', '^agent/domain/cause[.]ts$', '^docs/block[.]ts$', '^chaos/crash/random[.]ts$'],
    },
  },
  {
    name: 'evaluation-of-models-asks-the-chain',
    comment:
      'Models are measured by the questions of the agent, through its chain, masking and checks, with its settings; not by whole runs.',
    from: { path: '^evaluation/models/', pathNot: test },
    to: {
      path: ours,
      pathNot: ['^evaluation/', '^agent/(domain|llm|telemetry)/', '^agent/(config/load|system-clock)[.]ts$'],
    },
  },
  {
    name: 'only-the-evaluation-knows-its-data',
    comment: 'What is measured, shipped or shown must not depend on how it is scored.',
    from: { path: '^(chaos|infra|dashboards)/' },
    to: { path: '^evaluation/' },
  },
  {
    name: 'infra-knows-the-settings',
    comment: 'Infrastructure may read the settings to render the task environment, nothing else.',
    from: { path: '^infra/' },
    to: { path: '^(agent|chaos)/', pathNot: '^agent/config/' },
  },
  {
    name: 'ways-in-know-the-api',
    comment:
      'cli, mcp and console know only the API contract; the check of the audit trail must not ask the agent it checks; a case is diagnosed and a bundle replayed without one.',
    from: { path: '^agent/(cli|mcp|console)/', pathNot: test },
    to: {
      path: '^agent/',
      pathNot: [
        '^agent/$1/',
        '^agent/(api/contract|audit-app|replay-app|audit/(outside|verify)|config/(load|api-access|policy-file/(parse|read))|diagnosis/case/(case|diagnose-case)|domain/errors)[.]ts$',
      ],
    },
  },
  {
    name: 'only-generated-pages-read-the-code',
    comment:
      'Pages, dashboards and workflows stand beside the code; docs/generated.ts alone reads it, to draw the graph and list the settings.',
    from: { path: '^(docs|dashboards|[.]github)/', pathNot: [test, '^docs/generated[.]ts$'] },
    to: { path: '^(agent|chaos|infra)/' },
  },
  {
    name: 'only-tests-import-tests',
    comment: 'Fakes and contract suites never run in production.',
    from: { pathNot: [test] },
    to: { path: test },
  },
  {
    name: 'no-dev-dependency-in-the-agent',
    comment: 'The agent runs on what `npm ci --omit=dev` installs.',
    from: { path: '^agent/', pathNot: test },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  },
];

const configuration: IConfiguration = {
  forbidden,
  options: {
    // TypeScript 7 has no parser API that dependency-cruiser knows; with the default parser type-only imports would pass for real ones.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/fixtures/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};

export default configuration;
