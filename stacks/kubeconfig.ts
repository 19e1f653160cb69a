// The kubeconfig that the stack hands out: one context, complete in itself, as JSON.
import { NoKubeconfig } from "@agentic/kube/kubeconfig/read.ts";
import { BoundToMachine, type SelfContainedOptions, selfContained } from "@agentic/kube/kubeconfig/self-contained.ts";
import * as pulumi from "@pulumi/pulumi";

/**
 * The content of a kubeconfig that works on other machines, too. "" where there is no such file, and, with a warning that names the
 * field, where it needs what only this machine has.
 */
export function handedOut(options: SelfContainedOptions): string {
  try {
    return selfContained(options);
  } catch (error) {
    if (error instanceof NoKubeconfig) return "";
    if (!(error instanceof BoundToMachine)) throw error;
    void pulumi.log.warn(`the output kubeconfig is empty, for nobody could use it elsewhere: ${error.message}`);
    return "";
  }
}
