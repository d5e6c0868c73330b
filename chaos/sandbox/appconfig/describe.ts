/** What AppConfig holds, in the shapes of its answers. Times are ISO 8601. */
import type { RestAnswer } from '../wire/operation.ts';
import {
  type Application,
  type Deployment,
  type Environment,
  environmentState,
  type HostedVersion,
  type Profile,
  type Strategy,
} from './store.ts';

export function contentOf(
  application: Application,
  profile: Profile,
  { number, description, contentType, content }: HostedVersion,
): RestAnswer {
  return {
    status: 200,
    headers: {
      'application-id': application.id,
      'configuration-profile-id': profile.id,
      'version-number': String(number),
      'content-type': contentType,
      ...(description !== '' && { description }),
    },
    body: content,
  };
}

export function showNamed({ id, name }: { id: string; name: string }): object {
  return { Id: id, Name: name };
}

export function showEnvironment(application: Application, environment: Environment): object {
  return { ApplicationId: application.id, ...showNamed(environment), State: environmentState(environment), Monitors: [] };
}

export function showProfile(application: Application, profile: Profile): object {
  return { ApplicationId: application.id, ...showNamed(profile), LocationUri: 'hosted', Type: profile.type, Validators: [] };
}

export function showStrategy(strategy: Strategy): object {
  return { ...showNamed(strategy), ...pacing(strategy), ReplicateTo: 'NONE' };
}

export function showDeployment({ number, profile, version, strategy, description, state, startedAt, completedAt }: Deployment): object {
  return {
    DeploymentNumber: number,
    ConfigurationProfileId: profile.id,
    ConfigurationName: profile.name,
    ConfigurationLocationUri: 'hosted',
    ConfigurationVersion: String(version),
    DeploymentStrategyId: strategy.id,
    Description: description,
    State: state,
    ...pacing(strategy),
    PercentageComplete: state === 'COMPLETE' || state === 'BAKING' ? 100 : 0,
    StartedAt: new Date(startedAt).toISOString(),
    ...(completedAt !== null && { CompletedAt: new Date(completedAt).toISOString() }),
  };
}

function pacing({ bakeMinutes }: Strategy): object {
  return { DeploymentDurationInMinutes: 0, FinalBakeTimeInMinutes: bakeMinutes, GrowthFactor: 100, GrowthType: 'LINEAR' };
}
