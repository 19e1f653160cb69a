// What a stack's state remembers, resource by resource.
import type { IssuerSpec } from "./cert-manager.ts";
import type { ProviderSettings } from "./options/provider-options.ts";
import type { RandomState } from "./random.ts";
import type { SecretPath } from "./values.ts";

/** What the state keeps of a resource of cert-manager's. */
export interface CertificateState {
  /** Of an issuer: how others refer to it. */
  key?: string;
  /** Of an issuer: what certificates are issued from, other stacks' too. */
  issuer?: IssuerSpec;
  /** Of a certificate: hash of what it was issued for. */
  issued?: string;
}

/** A resource that the stack has made. */
export interface ResourceState {
  type: string;
  name: string;
  /** Of the object in the cluster; absent for what lives in the state only. */
  target?: { apiVersion: string; kind: string; namespace?: string; name: string };
  /** `urn::id` of the provider resource. */
  provider: string;
  dependencies: string[];
  protect?: boolean;
  retainOnDelete?: boolean;
  /** URN of the resource whose deletion takes this one along. */
  deletedWith?: string;
  /** Seconds that its deletion may take. */
  deleteTimeout?: number;
  /** Field manager of a patch; absent where an earlier release made it, by one that other patches can have, too. */
  manager?: string;
  /** Hash of the replacement trigger. */
  trigger?: string;
  /** Hash of what was applied last. */
  applied?: string;
  /** Planned by a run that has not made it: its object may be there or not. */
  pending?: boolean;
  /** The ApplySet that its object was made in, where that is not the stack's present one. */
  applySet?: string;
  random?: RandomState;
  /** Of an issuer or a certificate. */
  certificate?: CertificateState;
  /** How a provider's cluster is reached, so that it can be when the program no longer names it. As secret as the state. */
  connection?: Pick<ProviderSettings, "kubeconfig" | "context" | "cluster" | "deleteUnreachable">;
}

/** Everything remembered, in the order in which it was made. */
export interface State {
  resources: Record<string, ResourceState>;
  outputs: Record<string, unknown>;
  /** Names of the outputs that hold a secret. */
  secretOutputs: string[];
  /** Where in the outputs the secrets are; without it, the outputs named by `secretOutputs` are secret as a whole. */
  secretPaths?: SecretPath[];
  /** The cluster that each provider meant, by URN, "" for the default one; `home` is the one that holds the state. */
  clusters?: Record<string, { server: string; clusterIdentifier?: string }>;
  /** False where the stack has never been brought up. */
  exists?: boolean;
}
