/** A role that may do what its statements say and never more than the boundary of its environment. */
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { policy, type ResourceStatement, type Statement } from '../access/statement.ts';
import type { Names } from '../names.ts';

export interface RoleSettings {
  names: Names;
  /** Without the prefix. */
  name: string;
  description: string;
  trust: readonly ResourceStatement[];
  /** Policies of its own by name; each is a reason to be read by itself. */
  policies: Readonly<Record<string, readonly Statement[]>>;
  /** Policies AWS keeps, by name. */
  managed?: readonly string[];
  /** Only the roles that make roles stand outside the boundary. */
  isBounded?: boolean;
  dependsOn?: ITerraformDependable[];
}

export class LeastPrivilegeRole extends Construct {
  readonly name: string;
  readonly arn: string;
  /** The role with all its policies: who acts under it waits for these. */
  readonly parts: ITerraformDependable[];

  constructor(scope: Construct, id: string, settings: RoleSettings) {
    super(scope, id);
    const { names, isBounded = true, managed = [] } = settings;
    this.name = names.role(settings.name);
    this.arn = names.roleArn(settings.name);
    const role = new IamRole(this, 'role', {
      name: this.name,
      description: settings.description,
      assumeRolePolicy: policy(settings.trust),
      ...(isBounded ? { permissionsBoundary: names.boundaryArn } : {}),
      ...(settings.dependsOn ? { dependsOn: settings.dependsOn } : {}),
    });
    this.parts = [role];
    for (const name of managed) {
      const attachment = new IamRolePolicyAttachment(this, `managed-${name.replaceAll('/', '-')}`, {
        role: role.name,
        policyArn: `arn:aws:iam::aws:policy/${name}`,
      });
      this.parts.push(attachment);
    }
    for (const [name, statements] of Object.entries(settings.policies)) {
      if (statements.length > 0) this.parts.push(new IamRolePolicy(this, name, { name, role: role.name, policy: policy(statements) }));
    }
  }
}
