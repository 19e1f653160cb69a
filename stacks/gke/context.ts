// The context with which every Google Cloud part of a stack is created.
import type * as pulumi from "@pulumi/pulumi";
import type { Keys } from "../../components/gcp/keys.ts";
import type { Network } from "../../components/gcp/network.ts";
import type { GcpScope } from "../../components/gcp/scope.ts";
import type { Config } from "../config/config.ts";
import type { GkeConfig } from "../config/gke-section.ts";

export interface GcpContext {
  config: Config;
  /** The config's section `gke`. */
  gke: GkeConfig;
  scope: GcpScope;
  /** Options of every component: Google's provider, and the APIs and keys that all of them wait for. */
  root: pulumi.ComponentResourceOptions;
  /** Keys of the stack's own; absent where Google's are used. */
  keys?: Keys;
  network: Network;
}
