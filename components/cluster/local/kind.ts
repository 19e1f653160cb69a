// A cluster of kind (Kubernetes in Docker) on this machine, made and deleted by the stack.
import { Command } from "@pulumi/command/local/command.js";
import * as pulumi from "@pulumi/pulumi";
import type { PortMapping } from "./ports.ts";
import { withVariables } from "./shell.ts";
import { KIND_NODE_IMAGE } from "./versions.ts";

export interface LocalClusterArgs {
  /** Name of the cluster on this machine. */
  cluster: string;
  /** Image of the node. Default: a pinned one. */
  nodeImage?: string;
  /** Ports of this machine that lead to ports of the node; on loopback only. */
  ports: readonly PortMapping[];
}

/** kind's own configuration. kindnet stays the cluster's network: it enforces NetworkPolicies since kind 0.24. */
function kindConfig({ cluster, ports }: LocalClusterArgs): string {
  return JSON.stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    name: cluster,
    networking: { apiServerAddress: "127.0.0.1", disableDefaultCNI: false },
    nodes: [
      {
        role: "control-plane",
        extraPortMappings: ports.map(({ host, node }) => ({
          containerPort: node,
          hostPort: host,
          listenAddress: "127.0.0.1",
          protocol: "TCP",
        })),
      },
    ],
  });
}

/**
 * Standard output is the kubeconfig alone; the user's own kubeconfig stays as it is. kindnet has the kernel hand packets over by
 * nft's `queue`; a kernel without it (some of WSL2's) lets everything through, which kindnet only logs. So `create` first checks,
 * in a container without a network, that the kernel has it. `nft --check` changes nothing.
 */
export const kindScripts = {
  create: `
set -eu
rule='table inet probe { chain forward { type filter hook forward priority 0; queue flags bypass to 0; }; }'
code=0
printf '%s\\n' "$rule" | docker run --rm --interactive --network none --cap-add NET_ADMIN --entrypoint nft "$IMAGE" --check --file - >&2 || code=$?
if [ "$code" = 1 ]; then
  echo "kind: the kernel that Docker runs on has no nft_queue, without which kind enforces no NetworkPolicy: load it (modprobe nft_queue), or use cluster.kind k3d, which works without" >&2
fi
[ "$code" = 0 ] || exit "$code"
own=$(mktemp)
trap 'rm -f "$own"' EXIT
printf '%s' "$CONFIG" | kind create cluster --name "$NAME" --image "$IMAGE" --kubeconfig "$own" --wait 180s --config - >&2
kind get kubeconfig --name "$NAME"`,
  read: `
set -eu
kind get kubeconfig --name "$NAME"`,
  delete: `
set -eu
own=$(mktemp)
trap 'rm -f "$own"' EXIT
kind delete cluster --name "$NAME" --kubeconfig "$own"`,
} as const;

/** Makes the cluster. A change of the node's image or of the ports replaces it. */
export class KindCluster extends pulumi.ComponentResource {
  /** Content of a kubeconfig with full rights; a secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The resource whose deletion deletes the cluster and everything in it. */
  readonly cluster: pulumi.CustomResource;

  constructor(name: string, args: LocalClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:KindCluster", name, {}, options);
    const image = args.nodeImage ?? KIND_NODE_IMAGE;
    const config = kindConfig(args);
    const command = new Command(
      `${name}-cluster`,
      {
        create: withVariables({ NAME: args.cluster, IMAGE: image, CONFIG: config }, kindScripts.create),
        update: withVariables({ NAME: args.cluster }, kindScripts.read),
        delete: withVariables({ NAME: args.cluster }, kindScripts.delete),
        triggers: [image, config],
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
