// What the code that creates a cluster passes to the platform: services outside of the cluster, and facts about the cluster.
import type { Provider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import type { PubSub } from "../components/events/objects.ts";
import type { CloudSql } from "../components/gcp/cloud-sql.ts";
import type { NodeChoice } from "../components/scheduling/placement.ts";
import type { Version } from "../components/security/credential.ts";
import type { TenantRules } from "../components/security/tenant-rules.ts";

/** A cluster that the platform can be put into. */
export interface StackCluster {
  provider: Provider;
  external: ExternalServices;
}

/** Where artifacts are: `s3` asks for each tenant's keys, `gcs` knows pods by their service accounts. */
export interface ObjectStore {
  kind: "s3" | "gcs";
  url: string;
}

/** What is absent is inside the cluster, or as the cluster says. */
export interface ExternalServices {
  /** Content of the kubeconfig that the stack hands out. */
  kubeconfig?: pulumi.Output<string>;
  /** The cluster, where this stack creates it and nothing in it outlives it: its objects are then deleted with it. */
  deletedWith?: pulumi.Resource;
  /** Addresses of the API server. */
  apiServerCidrs?: string[];
  /** The object store, in the place of MinIO. */
  objectStore?: ObjectStore;
  database?: CloudSql;
  /** Whether something else than Pulumi creates the Secrets with the database's password. */
  storedPasswords?: boolean;
  /** Subscription whose messages are events too. */
  pubsub?: PubSub;
  /** Nodes of the agents' pods and of the browsers'. */
  nodes?: { agents: NodeChoice; browsers: NodeChoice };
  /** Policies in each tenant's namespace, whoever makes it, that only this kind of cluster needs. */
  tenantPolicies?: readonly TenantRules[];
  /** Zones outside in which every tenant may look up names, since its pods' identities need them. Default: none. */
  forwardedZones?: readonly string[];
  /** Ports of the node that the Services of a platform's namespace may have, by the namespace. Default: none. */
  nodePorts?: Readonly<Record<string, number>>;
  /** More endpoints for the stack's outputs, by what they are for. */
  endpoints?: Record<string, string>;
  /** Registers, after the platform, what only this kind of cluster needs. */
  finish?: (handles: ClusterHandles) => void;
}

/** What the platform has in the cluster, for whoever adds to it. */
export interface ClusterHandles {
  /** The platform's own namespaces, each known once it is there. */
  namespaces: Record<string, pulumi.Output<string>>;
  /** The namespaces' quotas: an object that a quota must allow depends on them. */
  quotas: pulumi.Resource;
  /** The tenants; without a namespace where another stack makes it. */
  tenants: { tenant: string; namespace?: pulumi.Input<string> }[];
  /** Each tenant's password of the database, by its name. */
  databasePasswords: Readonly<Record<string, Version>>;
  /** After it the database knows the passwords. */
  databaseSetup?: pulumi.Resource;
  /** Provider of the cluster. */
  root: pulumi.ComponentResourceOptions;
}
