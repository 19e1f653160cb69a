// Objects of the External Secrets Operator: a Secret whose values are Secret Manager's, read as an account of the namespace.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../security/labels.ts";

/** Account that reads Secret Manager for a namespace; bindings name it. */
export const SECRETS_ACCOUNT = "external-secrets";

export interface ExternalSecretArgs {
  project: string;
  cluster: string;
  region: string;
  namespace: pulumi.Input<string>;
  /** Secret of Kubernetes → its keys → secrets of Secret Manager. */
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** How often the values are read again, such as `10m`. Default `10m`. */
  refresh?: string;
  /** What each Secret gets besides: keys whose values are no secrets, and annotations. */
  template?: { data: Record<string, string>; metadata: { annotations: Record<string, string> } };
}

const part = "external-secrets";

/** A store for one namespace, and an ExternalSecret for each Secret. The operator itself and its kinds must be there. */
export class ExternalSecrets extends pulumi.ComponentResource {
  constructor(name: string, args: ExternalSecretArgs, options?: pulumi.ComponentResourceOptions) {
    const { refresh = "10m" } = args;
    if (Object.keys(args.secrets).length === 0) throw new Error("secrets: is empty: name the Secrets to make");
    if (!/^\d+[smh]$/.test(refresh)) throw new Error(`refresh: '${refresh}' is not a duration such as 10m`);
    super("agentic:gcp:ExternalSecrets", name, {}, options);
    const { namespace } = args;
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const account = new ServiceAccount(
      name,
      { metadata: metadata(SECRETS_ACCOUNT), automountServiceAccountToken: false },
      { parent: this },
    );
    const store = new CustomResource(
      `${name}-store`,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "SecretStore",
        metadata: metadata("google"),
        spec: {
          provider: {
            gcpsm: {
              projectID: args.project,
              auth: {
                workloadIdentity: {
                  clusterLocation: args.region,
                  clusterName: args.cluster,
                  serviceAccountRef: { name: SECRETS_ACCOUNT },
                },
              },
            },
          },
        },
      },
      { parent: this, dependsOn: [account] },
    );
    for (const [secret, keys] of Object.entries(args.secrets))
      new CustomResource(
        `${name}-${secret}`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ExternalSecret",
          metadata: metadata(secret),
          spec: {
            refreshInterval: refresh,
            secretStoreRef: { kind: "SecretStore", name: "google" },
            target: {
              name: secret,
              creationPolicy: "Owner",
              deletionPolicy: "Retain",
              // Merged with the values that are read, which else would be left out.
              ...(args.template ? { template: { mergePolicy: "Merge", ...args.template } } : {}),
            },
            data: Object.entries(keys).map(([secretKey, key]) => ({ secretKey, remoteRef: { key } })),
          },
        },
        { parent: this, dependsOn: [store] },
      );
    this.registerOutputs({});
  }
}
