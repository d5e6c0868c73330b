/** What settings must be to each other. Each rule answers what is wrong, or null. */
import { faultsOfExperiment } from '../rules/fis-catalogue.ts';
import type { Settings } from './schema.ts';

export interface SettingsRule {
  /** Branches it reads: it is asked only when each of them is right by itself. */
  about: readonly (keyof Settings)[];
  faults(settings: Settings): (string | false | null | undefined)[];
}

export const settingsRules: readonly SettingsRule[] = [
  {
    about: ['region', 'network'],
    faults: ({ region, network: { availabilityZones: zones } }) => [
      ...zones.filter((zone) => zone.slice(0, -1) !== region).map((zone) => `network.availabilityZones: ${zone} is not in ${region}`),
      new Set(zones).size < zones.length && 'network.availabilityZones: a zone is named twice',
    ],
  },
  {
    about: ['network'],
    faults: ({ network: { cidr } }) => [
      Number(cidr.split('/')[1]) > 20 && `network.cidr: ${cidr} has too few addresses; Fargate takes one a task: /20 or larger`,
      !isPrivate(cidr) && `network.cidr: ${cidr} is not private`,
    ],
  },
  {
    about: ['accountId', 'region', 'door'],
    faults: ({ accountId, region, door: { certificateArn } }) => {
      const [, , , where, whose] = certificateArn.split(':');
      return [
        where !== region && `door.certificateArn: a load balancer in ${region} takes no certificate of ${where}`,
        whose !== accountId && `door.certificateArn: is of account ${whose}, not ${accountId}`,
      ];
    },
  },
  {
    about: ['agent'],
    faults: ({ agent: { tasks } }) => [tasks.min > tasks.max && `agent.tasks: ${tasks.min} at least and ${tasks.max} at most`],
  },
  {
    about: ['name', 'watched'],
    faults: ({ name, watched }) => [
      watched.clusters.includes(`kintsugi-${name}`) && `watched.clusters: kintsugi-${name} is the agent's own, which it never changes`,
      ...watched.taskRoles
        .filter((role) => ownRoles.some((own) => covers(role, `kintsugi-${name}-${own}`)))
        .map((role) => `watched.taskRoles: ${role} covers roles of Kintsugi itself, which the agent must not pass on`),
    ],
  },
  {
    about: ['network', 'demo'],
    faults: ({ network, demo }) => [
      demo && network.egress !== 'nat' && 'demo: its images come from outside AWS, so network.egress must be nat',
    ],
  },
  {
    about: ['demo', 'watched'],
    faults: ({ demo, watched }) => [
      demo &&
        !watched.clusters.includes(demo.cluster) &&
        `demo.cluster: ${demo.cluster} is not in watched.clusters, so nobody would heal it`,
    ],
  },
  {
    about: ['chaos', 'demo'],
    faults: ({ chaos, demo }) => [
      chaos && !demo && 'chaos: there is no demo to break, and nothing else may be broken',
      ...(chaos?.experiments ?? []).flatMap((experiment, at) =>
        faultsOfExperiment(experiment).map((fault) => `chaos.experiments.${at}: ${fault}`),
      ),
      ...repeated((chaos?.experiments ?? []).map((experiment) => experiment.name)).map(
        (twice) => `chaos.experiments: ${twice} is there twice`,
      ),
    ],
  },
  {
    about: ['night', 'demo'],
    faults: ({ night, demo }) => [night && !demo && 'night: there is no demo, and nothing else is switched off'],
  },
  {
    about: ['night'],
    faults: ({ night }) => [night && night.stopsAt === night.startsAt && 'night: stops and starts at the same time'],
  },
  { about: ['name', 'chaos'], faults: ({ name, chaos }) => [name === 'prod' && chaos && 'chaos: nothing is broken on purpose in prod'] },
  { about: ['name', 'demo'], faults: ({ name, demo }) => [name === 'prod' && demo && 'demo: has no place in prod'] },
  { about: ['name', 'night'], faults: ({ name, night }) => [name === 'prod' && night && 'night: prod is not switched off at night'] },
  {
    about: ['name', 'data'],
    faults: ({ name, data }) => [
      name === 'prod' && !data.isMultiAz && 'data.isMultiAz: must be on in prod',
      name === 'prod' && !data.isProtected && 'data.isProtected: must be on in prod',
      name === 'prod' && data.backupDays < 7 && 'data.backupDays: at least 7 in prod',
    ],
  },
  {
    about: ['name', 'audit'],
    faults: ({ name, audit }) => [name === 'prod' && audit.lockMode !== 'COMPLIANCE' && 'audit.lockMode: must be COMPLIANCE in prod'],
  },
  {
    about: ['name', 'agent'],
    faults: ({ name, agent }) => [
      name === 'prod' && agent.tasks.min < 2 && 'agent.tasks.min: at least 2 in prod',
      name === 'prod' && !agent.image.includes('@sha256:') && 'agent.image: prod runs a digest, which is what was tried in dev',
    ],
  },
  {
    about: ['name', 'door'],
    faults: ({ name, door }) => [
      name === 'prod' && door.fromCidrs.includes('0.0.0.0/0') && 'door.fromCidrs: in prod the door is not open to everybody',
    ],
  },
];

/** Whoever hands one of these to a task has what it has. */
const ownRoles = ['agent', 'apply', 'chaos', 'deploy', 'experiments', 'image', 'plan', 'prometheus'];

/** `own` and whatever its name begins. */
function covers(pattern: string, own: string): boolean {
  const beginning = pattern.replace(/\*$/, '');
  return beginning.startsWith(own) || (pattern.endsWith('*') && own.startsWith(beginning));
}

function isPrivate(cidr: string): boolean {
  const [a = 0, b = 0] = cidr.split('.').map(Number);
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168);
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}
