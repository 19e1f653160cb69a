// The platform's own namespaces, closed from the start.
import { LABELS, PLATFORM_QUOTA } from "@agentic/api/names.ts";
import { LimitRange } from "@pulumi/kubernetes/core/v1/limitRange.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota.js";
import { ServiceAccountPatch } from "@pulumi/kubernetes/core/v1/serviceAccountPatch.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { type DataProtection, dataOptions } from "../data/protection.ts";

/** The most that all pods of a namespace may ask for together. */
export interface Quota {
  /** Cores, such as `4`. */
  cpu: string;
  /** Bytes, such as `8Gi`. */
  memory: string;
  /** Number of pods. */
  pods: number;
  /** Bytes of all persistent volume claims. */
  storage?: string;
  /** Number of ports of the node that its Services may have. Default 0. */
  nodePorts?: number;
  /** Numbers of objects, each by the name of its resource, such as `secrets` or `jobs.batch`. Default: no limit. */
  objects?: Readonly<Record<string, number>>;
}

export interface SecureNamespaceArgs {
  /** Name of the namespace. */
  namespace: string;
  /** Who answers for it; a label on it. */
  owner: string;
  /** Who pays for it; a label on it. */
  costCenter: string;
  quota: Quota;
  /** More labels of the namespace. */
  labels?: Record<string, string>;
  /** Its annotations. */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Of a namespace that holds data, whose end would be the data's. Default `delete`. */
  protection?: DataProtection;
}

/**
 * A namespace in which nothing is allowed that isn't said: Pod Security `restricted`, no traffic either way, a quota,
 * default limits, and a default service account without a token.
 */
export class SecureNamespace extends pulumi.ComponentResource {
  /** The namespace's name, known once the namespace is there. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: SecureNamespaceArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:SecureNamespace", name, {}, options);
    // Where the namespace is retained, its policies are too.
    const child = { parent: this, ...dataOptions(args.protection) };
    const resource = new Namespace(
      name,
      {
        metadata: {
          name: args.namespace,
          ...(args.annotations ? { annotations: args.annotations } : {}),
          labels: {
            ...args.labels,
            [LABELS.owner]: args.owner,
            [LABELS.costCenter]: args.costCenter,
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": "latest",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      child,
    );
    this.namespace = resource.metadata.name;
    const metadata = (objectName: string) => ({ name: objectName, namespace: this.namespace });
    new NetworkPolicy(
      `${name}-default-deny`,
      { metadata: metadata("default-deny"), spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
      child,
    );
    new ResourceQuota(
      `${name}-quota`,
      {
        metadata: { ...metadata(PLATFORM_QUOTA), annotations: whenCounted(Object.keys(args.quota.objects ?? {})) },
        spec: {
          hard: {
            "limits.cpu": args.quota.cpu,
            "limits.memory": args.quota.memory,
            pods: String(args.quota.pods),
            ...(args.quota.storage ? { "requests.storage": args.quota.storage } : {}),
            "services.loadbalancers": "0",
            "services.nodeports": String(args.quota.nodePorts ?? 0),
            ...Object.fromEntries(
              Object.entries(args.quota.objects ?? {}).map(([resource, count]) => [`count/${resource}`, String(count)]),
            ),
          },
        },
      },
      child,
    );
    new LimitRange(
      `${name}-limits`,
      {
        metadata: metadata("limits"),
        spec: {
          limits: [
            {
              type: "Container",
              default: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "2Gi" },
              defaultRequest: { cpu: "10m", memory: "64Mi", "ephemeral-storage": "64Mi" },
            },
          ],
        },
      },
      child,
    );
    // Kubernetes creates this account itself; pods that name no account run as it, and get no token.
    new ServiceAccountPatch(
      `${name}-default-account`,
      { metadata: metadata("default"), automountServiceAccountToken: false },
      child,
    );
    this.registerOutputs({ namespace: this.namespace });
  }
}

export interface PlatformNamespacesArgs {
  /** Names of the namespaces, each with what all its pods may ask for together. */
  namespaces: Readonly<Record<string, Quota>>;
  /** Of those among them that hold data. */
  protection?: { of: readonly string[]; is: DataProtection };
  owner: string;
  costCenter: string;
  /** Project and stack whose platform this is; a label, by which another stack knows that the cluster is taken. */
  stack?: string;
}

/** All namespaces of the platform itself; tenants make their own. */
export class PlatformNamespaces extends pulumi.ComponentResource {
  readonly #namespaces = new Map<string, pulumi.Output<string>>();

  constructor(name: string, args: PlatformNamespacesArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:PlatformNamespaces", name, {}, options);
    const labels = args.stack ? { [LABELS.stack]: args.stack } : undefined;
    for (const [namespace, quota] of Object.entries(args.namespaces)) {
      const { owner, costCenter } = args;
      const protection = args.protection?.of.includes(namespace) ? args.protection.is : undefined;
      const secured = new SecureNamespace(
        namespace,
        { namespace, owner, costCenter, quota, protection, labels },
        { parent: this },
      );
      this.#namespaces.set(namespace, secured.namespace);
    }
    this.registerOutputs({});
  }

  /** A namespace's name as an output, so that what is put into it waits for it. */
  get(namespace: string): pulumi.Output<string> {
    const found = this.#namespaces.get(namespace);
    if (!found) throw new Error(`no namespace '${namespace}' here: it has ${[...this.#namespaces.keys()].join(", ")}`);
    return found;
  }
}

/**
 * Has a deployment wait until a quota knows how much of each resource is there: until then the API server refuses every object of
 * a kind that was defined just before.
 */
function whenCounted(resources: readonly string[]): Record<string, string> {
  const conditions = resources.map((resource) => `jsonpath={.status.used['count/${resource}']}`);
  return conditions.length === 0 ? {} : { "pulumi.com/waitFor": JSON.stringify(conditions) };
}
