// What a stack can have outside of its cluster in the place of the platform's own services, and what it knows of its nodes.
import type * as pulumi from "@pulumi/pulumi";
import type { PubSub } from "../components/events/objects.ts";
import type { CloudSql } from "../components/gcp/cloud-sql.ts";
import type { NodeChoice } from "../components/scheduling/placement.ts";

/** Whoever makes a cluster hands this to the platform; what is absent is inside the cluster, or as the cluster says. */
export interface Outside {
  /** Content of the kubeconfig that the stack hands out. */
  kubeconfig?: pulumi.Output<string>;
  /** Addresses of the API server. */
  apiServerCidrs?: string[];
  /** URL of the object store, with pods known by their service accounts. */
  objectStore?: { url: string };
  database?: CloudSql;
  /** Subscription whose messages are events too. */
  pubsub?: PubSub;
  /** Nodes of the agents' pods and of the browsers'. */
  nodes?: { agents: NodeChoice; browsers: NodeChoice };
}
