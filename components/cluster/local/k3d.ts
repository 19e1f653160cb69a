// A cluster of k3d (k3s in Docker) on this machine, made and deleted by the stack.
import { Command } from "@pulumi/command/local/command.js";
import * as pulumi from "@pulumi/pulumi";
import type { LocalClusterArgs } from "./kind.ts";
import { withVariables } from "./shell.ts";
import { K3S_IMAGE } from "./versions.ts";

/** Standard output is the kubeconfig alone; k3s enforces NetworkPolicies itself. Without --api-port its API is on every address. */
export const k3dScripts = {
  create: `
set -eu
set -- cluster create "$NAME" --image "$IMAGE" --servers 1 --agents 0 --no-lb --wait --timeout 180s
set -- "$@" --api-port 127.0.0.1:random
set -- "$@" --kubeconfig-update-default=false --kubeconfig-switch-context=false
set -- "$@" --k3s-arg '--disable=traefik@server:0' --k3s-arg '--disable=servicelb@server:0'
for port in $PORTS; do set -- "$@" --port "127.0.0.1:$port@server:0:direct"; done
k3d "$@" >&2
k3d kubeconfig get "$NAME"`,
  read: `
set -eu
k3d kubeconfig get "$NAME"`,
  delete: `
set -eu
if k3d cluster get "$NAME" >/dev/null 2>&1; then k3d cluster delete "$NAME"; fi`,
} as const;

/** Makes the cluster. Another node image or other ports make another cluster in its place. */
export class K3dCluster extends pulumi.ComponentResource {
  /** Content of a kubeconfig with full rights; a secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The resource whose deletion deletes the cluster and everything in it. */
  readonly cluster: pulumi.CustomResource;

  constructor(name: string, args: LocalClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:K3dCluster", name, {}, options);
    const image = args.nodeImage ?? K3S_IMAGE;
    const ports = args.ports.map(({ host, node }) => `${host}:${node}`).join(" ");
    const command = new Command(
      `${name}-cluster`,
      {
        create: withVariables({ NAME: args.cluster, IMAGE: image, PORTS: ports }, k3dScripts.create),
        update: withVariables({ NAME: args.cluster }, k3dScripts.read),
        delete: withVariables({ NAME: args.cluster }, k3dScripts.delete),
        triggers: [image, ports],
        // Its standard output is a credential.
        logging: "stderr",
      },
      { parent: this, additionalSecretOutputs: ["stdout"], deleteBeforeReplace: true },
    );
    this.cluster = command;
    this.kubeconfig = pulumi.secret(command.stdout);
    this.registerOutputs({});
  }
}
