// Workload Identity: the IAM member of a Kubernetes service account, and its rights in a bucket, without keys or Google accounts.
import { isDnsLabel } from "@agentic/api/names.ts";
import { BucketIAMMember } from "@pulumi/gcp/storage/bucketIAMMember.js";
import * as pulumi from "@pulumi/pulumi";
import type { GcpScope } from "./scope.ts";

/** An account of a namespace of the cluster. */
export interface KubernetesAccount {
  namespace: string;
  serviceAccount: string;
}

/** Pool that Google makes for the clusters of a project. */
export function workloadPool(project: string): string {
  return `${project}.svc.id.goog`;
}

/**
 * The IAM member of a Kubernetes service account. Every cluster of the project shares the pool: the same
 * namespace and account in another cluster are the same member.
 */
export function principal(
  { project, projectNumber }: Pick<GcpScope, "project" | "projectNumber">,
  { namespace, serviceAccount }: KubernetesAccount,
): string {
  if (!isDnsLabel(namespace)) throw new Error(`namespace: '${namespace}' is not a valid namespace name`);
  if (!isDnsLabel(serviceAccount))
    throw new Error(`serviceAccount: '${serviceAccount}' is not a valid service account name`);
  const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/${workloadPool(project)}`;
  return `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${serviceAccount}`;
}

/** A condition under which a binding holds, as IAM takes it. */
export interface Condition {
  title: string;
  description: string;
  expression: string;
}

/** The condition that only objects whose names begin with one of the prefixes are used and listed. */
export function prefixCondition(bucket: string, prefixes: readonly string[]): Condition {
  const invalid = prefixes.find((prefix) => !/^[\w./-]{1,200}$/.test(prefix));
  if (invalid !== undefined)
    throw new Error(`prefixes: '${invalid}' is not a valid prefix: 1 to 200 of letters, digits, _ . / and -`);
  if (prefixes.length === 0) throw new Error("prefixes: is empty: name the prefixes that the account may use");
  const objects = prefixes.map(
    (prefix) => `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${prefix}")`,
  );
  const lists = prefixes.map(
    (prefix) => `api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("${prefix}")`,
  );
  return {
    title: "below-prefix",
    description: `Objects below ${prefixes.join(", ")}`,
    expression: [...objects, ...lists].join(" || "),
  };
}

export interface BucketAccessArgs extends Pick<GcpScope, "project" | "projectNumber"> {
  bucket: pulumi.Input<string>;
  /** Name of the same bucket, for the condition, known at preview. */
  bucketName: string;
  account: KubernetesAccount;
  /** Prefixes of the objects' names. */
  prefixes: readonly string[];
  /** `write` reads too, and overwrites: a step that is tried again writes its artifacts again. */
  access: "read" | "write";
}

const roles = { read: "roles/storage.objectViewer", write: "roles/storage.objectUser" } as const;

/** Lets one Kubernetes service account use the objects below some prefixes of one bucket. */
export class BucketAccess extends pulumi.ComponentResource {
  constructor(name: string, args: BucketAccessArgs, options?: pulumi.ComponentResourceOptions) {
    const member = principal(args, args.account);
    const condition = prefixCondition(args.bucketName, args.prefixes);
    super("agentic:gcp:BucketAccess", name, {}, options);
    new BucketIAMMember(name, { bucket: args.bucket, role: roles[args.access], member, condition }, { parent: this });
    this.registerOutputs({});
  }
}
