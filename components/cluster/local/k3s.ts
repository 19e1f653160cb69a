// A cluster of k3s, installed by the stack on this Linux host or on another one over SSH.
import { Command } from "@pulumi/command/local/command.js";
import { Command as RemoteCommand } from "@pulumi/command/remote/command.js";
import type * as inputs from "@pulumi/command/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { install, uninstall, unit } from "./k3s-scripts.ts";
import { withVariables } from "./shell.ts";
import { K3S_VERSION } from "./versions.ts";

/** Where k3s' releases are. */
const K3S_RELEASES = "https://github.com/k3s-io/k3s/releases/download";

export interface K3sClusterArgs {
  /** Release, such as v1.36.4+k3s1. Default: the pinned one. */
  version?: string;
  /** SHA-256 of the release's binary. Default: what the release's own list of checksums says. */
  sha256?: string;
  /** Where releases are. Default: GitHub. */
  mirror?: string;
  /** Another machine. Default: this one. */
  connection?: inputs.remote.ConnectionArgs & { host: string };
}

/** k3s' settings: NetworkPolicies enforced, nothing that listens on the host's own ports, a kubeconfig that only root reads. */
function k3sConfig(address: string): string {
  return JSON.stringify({
    "write-kubeconfig-mode": "0600",
    "disable-network-policy": false,
    disable: ["traefik", "servicelb"],
    "secrets-encryption": true,
    "tls-san": [address],
  });
}

/** Installs k3s. Another release is installed over the one before; another host makes another cluster. */
export class K3sCluster extends pulumi.ComponentResource {
  /** Content of a kubeconfig with full rights; a secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The resource whose deletion deletes everything in the cluster. */
  readonly cluster: pulumi.CustomResource;

  constructor(name: string, args: K3sClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:K3sCluster", name, {}, options);
    const address = args.connection?.host ?? "127.0.0.1";
    const create = withVariables(
      {
        RELEASES: args.mirror ?? K3S_RELEASES,
        VERSION: args.version ?? K3S_VERSION,
        SHA256: args.sha256 ?? "",
        CONFIG: k3sConfig(address),
        UNIT: unit,
        ADDRESS: address,
      },
      install,
    );
    const commands = { create, update: create, delete: withVariables({}, uninstall), triggers: [address] };
    // Its standard output is a credential.
    const settings = { parent: this, additionalSecretOutputs: ["stdout"], deleteBeforeReplace: true };
    const command = args.connection
      ? new RemoteCommand(`${name}-cluster`, { ...commands, connection: args.connection, logging: "stderr" }, settings)
      : new Command(`${name}-cluster`, { ...commands, logging: "stderr" }, settings);
    this.cluster = command;
    this.kubeconfig = pulumi.secret(command.stdout);
    this.registerOutputs({});
  }
}
