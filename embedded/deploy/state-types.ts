// Types of a stack's state.
import type { IssuerSpec } from "./cert-manager.ts";
import type { ProviderSettings } from "./options/provider-options.ts";
import type { RandomState } from "./random.ts";
import type { SecretPath } from "./values.ts";

/** State of a cert-manager resource. */
export interface CertificateState {
  /** Of an issuer: the key by which certificates refer to it. */
  key?: string;
  /** Of an issuer: its spec, from which certificates are issued, also those of other stacks. */
  issuer?: IssuerSpec;
  /** Of a certificate: hash of the spec that it was issued for. */
  issued?: string;
}

/** A resource that the stack has made. */
export interface ResourceState {
  type: string;
  name: string;
  /** The object in the cluster; absent for resources that exist in the state only. */
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
  /** Field manager of a patch; absent where an earlier release made it with a field manager that other patches may share. */
  manager?: string;
  /** Hash of the replacement trigger. */
  trigger?: string;
  /** Hash of the object as last applied. */
  applied?: string;
  /** Planned by a run that hasn't recorded it as made: its object may exist or not. */
  pending?: boolean;
  /** The ApplySet that its object was made in, where that is not the stack's present one. */
  applySet?: string;
  random?: RandomState;
  /** Of an issuer or a certificate. */
  certificate?: CertificateState;
  /** How to reach a provider's cluster when the program no longer declares the provider. As secret as the state. */
  connection?: Pick<ProviderSettings, "kubeconfig" | "context" | "cluster" | "deleteUnreachable">;
}

/** The state of a stack. */
export interface State {
  resources: Record<string, ResourceState>;
  outputs: Record<string, unknown>;
  /** Names of the outputs that hold a secret. */
  secretOutputs: string[];
  /** Where in the outputs the secrets are; without it, the outputs named by `secretOutputs` are secret as a whole. */
  secretPaths?: SecretPath[];
  /** The cluster of each provider, by URN, "" for the default one; `home` is the cluster that holds the state. */
  clusters?: Record<string, { server: string; clusterIdentifier?: string }>;
  /** False where the stack has never been brought up. */
  exists?: boolean;
}
