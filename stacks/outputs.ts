// What the stack tells other stacks and people: the typed contract of its outputs.
import type * as pulumi from "@pulumi/pulumi";
import type { Config } from "./config.ts";
import type { Platform } from "./platform.ts";

/** Outputs by name. */
export interface Outputs {
  /** Version of this contract; a field is removed or changes its meaning only with another major number. */
  contractVersion: string;
  /** The platform's own namespaces. */
  namespaces: string[];
  /** URLs inside the cluster, by service. */
  endpoints: Record<string, string>;
  tenants: {
    name: string;
    namespace: pulumi.Output<string>;
    /** Account that workflow pods run as. */
    serviceAccount: string;
    bucket: string;
  }[];
  /** `argo` or `builtin`. */
  workflowEngine: string;
}

/** The outputs of a platform. */
export function outputsOf(config: Config, platform: Platform): Outputs {
  return { contractVersion: "1.0", ...platform, workflowEngine: config.workflowEngine };
}
