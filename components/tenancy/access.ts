// A tenant's kubeconfig: the rights of its people in its namespace, and no others.
import { LABELS, TENANT_USER_ACCOUNT } from "@agentic/api/names.ts";
import { memberRoleName } from "@agentic/api/roles.ts";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import type { Rotation } from "../security/generation.ts";
import { roleRef } from "../security/rbac.ts";
import { accountTokens } from "./account-token.ts";

export interface TenantAccessArgs {
  tenant: string;
  /** The tenant's namespace, with its roles. */
  namespace: pulumi.Input<string>;
  /** A kubeconfig that says where the cluster is, as JSON; "" where there is none, which leaves the tenant's empty too. */
  kubeconfig: pulumi.Input<string>;
  /** Generation of the token. Default: the first. */
  rotation?: Rotation;
}

interface Kubeconfig {
  clusters: { name: string; cluster: object }[];
}

/**
 * An account bound to the tenant's user role, with a token that lasts until its Secret is deleted: a token with an expiry
 * would run out while the stack's output still holds it.
 */
export class TenantAccess extends pulumi.ComponentResource {
  /** As JSON, which is YAML too; a secret. */
  readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: TenantAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:TenantAccess", name, {}, options);
    const child = { parent: this };
    const { tenant, namespace } = args;
    const metadata = { name: TENANT_USER_ACCOUNT, namespace, labels: { [LABELS.tenant]: tenant } };
    const account = new ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
    new RoleBinding(
      name,
      {
        metadata,
        roleRef: roleRef("Role", memberRoleName("user")),
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      child,
    );
    const tokens = accountTokens(
      `${name}-token`,
      {
        metadata: { ...metadata, name: `${TENANT_USER_ACCOUNT}-token` },
        account: account.metadata.name,
        rotation: args.rotation,
      },
      child,
    );
    this.kubeconfig = pulumi.secret(
      pulumi
        .all([args.kubeconfig, tokens.current.data, namespace])
        .apply(([cluster, data, space]) => tenantKubeconfig(cluster, data?.token, { tenant, namespace: space })),
    );
    this.registerOutputs({});
  }
}

/** The cluster of one kubeconfig with the token of an account. */
function tenantKubeconfig(
  cluster: string,
  token: string | undefined,
  { tenant, namespace }: { tenant: string; namespace: string },
): string {
  if (!cluster || !token) return "";
  const { clusters } = JSON.parse(cluster) as Kubeconfig;
  const user = `tenant-${tenant}`;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": user,
    contexts: [{ name: user, context: { cluster: clusters[0]?.name, user, namespace } }],
    clusters,
    users: [{ name: user, user: { token: Buffer.from(token, "base64").toString() } }],
  });
}
