// A value in Secret Manager, readable by the Kubernetes service accounts that are named, and by nobody else.
import { Secret } from "@pulumi/gcp/secretmanager/secret.js";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember.js";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";
import { type KubernetesAccount, principal } from "./workload-identity.ts";

export interface StoredSecretArgs extends GcpScope {
  /** What the secret is, such as `postgres-ca`; its id is `<name>-<this>`. */
  secret: string;
  /** Its value; absent: somebody else adds versions. */
  value?: pulumi.Input<string>;
  /** Accounts that may read it. */
  readers: readonly KubernetesAccount[];
  /** Key that encrypts it; absent: Google's own. */
  kmsKey?: string;
}

/** A secret that is kept in one region, with its newest value. */
export class StoredSecret extends pulumi.ComponentResource {
  /** Id within the project. */
  readonly secretId: string;

  constructor(name: string, args: StoredSecretArgs, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    if (!/^[a-z][a-z0-9-]{0,200}$/.test(args.secret))
      throw new Error(`secret: '${args.secret}' is not a valid secret name`);
    const readers = args.readers.map((account) => ({ account, member: principal(args, account) }));
    super("agentic:gcp:StoredSecret", name, {}, options);
    const { project } = args;
    this.secretId = `${args.name}-${args.secret}`;
    const secret = new Secret(
      name,
      {
        project,
        secretId: this.secretId,
        replication: {
          userManaged: {
            replicas: [
              {
                location: args.region,
                ...(args.kmsKey ? { customerManagedEncryption: { kmsKeyName: args.kmsKey } } : {}),
              },
            ],
          },
        },
        // A day in which a destroyed version can be brought back.
        versionDestroyTtl: "86400s",
        labels: gcpLabels(args),
      },
      { parent: this },
    );
    if (args.value !== undefined)
      new SecretVersion(name, { secret: secret.id, secretData: pulumi.secret(args.value) }, { parent: this });
    for (const { account, member } of readers)
      new SecretIamMember(
        `${name}-${account.namespace}-${account.serviceAccount}`,
        { project, secretId: secret.secretId, role: "roles/secretmanager.secretAccessor", member },
        { parent: this },
      );
    this.registerOutputs({ secretId: this.secretId });
  }
}
