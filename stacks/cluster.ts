// The cluster of a stack: checks what it needs before anything is registered, then creates it or uses an existing one.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { ImageArchives } from "../components/cluster/local/archives.ts";
import { existingContext } from "../components/cluster/local/existing.ts";
import { preflight } from "../components/cluster/local/host.ts";
import { K3dCluster } from "../components/cluster/local/k3d.ts";
import { K3sCluster } from "../components/cluster/local/k3s.ts";
import { KindCluster } from "../components/cluster/local/kind.ts";
import { type LocalPort, localPorts } from "../components/cluster/local/ports.ts";
import { LocalImages, type OwnImageName, ownImage } from "../components/cluster/own-images.ts";
import { type ClusterConfig, portOf } from "./config/cluster.ts";
import type { Config } from "./config/config.ts";
import type { StackCluster } from "./external-services.ts";
import { createGke } from "./gke/compose.ts";
import { localAccess } from "./local-access.ts";
import { refuseOtherStacks } from "./ownership.ts";

/** Folder of the repository. */
const root = dirname(import.meta.dirname);

/** A kubeconfig that leads nowhere: a stack without a cluster must not reach the current context's. */
const nowhere = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "none",
  contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
  clusters: [{ name: "none", cluster: { server: "https://cluster-kind-is-none.invalid" } }],
  users: [{ name: "none", user: {} }],
});

/** Checks that the machine has what the stack's cluster needs, before the first resource, in a preview too. Throws with all that is missing. */
export async function checkCluster({ cluster }: Config, stack: string, former = stack): Promise<void> {
  const { kind, name, nodeImage, imageArchives: files = [] } = cluster;
  if (kind === "existing") {
    await refuseOtherStacks(existingContext(cluster.kubeconfig, cluster.context), stack, former);
  } else if (kind === "kind" || kind === "k3d")
    await preflight(
      { kind, ports: hostPorts(cluster), ownNodeImage: nodeImage !== undefined, remote: false },
      name,
      files,
    );
  else if (kind === "k3s")
    await preflight({ kind, ports: {}, ownNodeImage: true, remote: cluster.k3s?.ssh !== undefined }, name, files);
}

/** The config with the names of the images that the stack builds itself. */
export function withOwnImages(config: Config): Config {
  const building = imagesToBuild(config);
  return Object.keys(building).length === 0 ? config : { ...config, images: { ...config.images, ...building } };
}

/** Our own images that Docker builds: those that the stack runs and the config doesn't name. */
function imagesToBuild({ cluster, images, workflowEngine, eventEngine, components }: Config) {
  if (cluster.kind !== "kind" && cluster.kind !== "k3d") return {};
  const needed: [OwnImageName, boolean][] = [
    ["operator", components.operator.enabled && !components.operator.image],
    ["agents", true],
    ["workflowEngine", workflowEngine === "builtin" && components.workflows.enabled && !components.workflows.image],
    ["console", components.console.enabled && !components.console.image],
    ["eventReceiver", eventEngine === "builtin" && components.events.enabled && !components.events.image],
  ];
  return Object.fromEntries(
    needed.flatMap(([name, isNeeded]) => (isNeeded && !images[name] ? [[name, ownImage(root, name)]] : [])),
  ) as Partial<Record<OwnImageName, string>>;
}

/** Registers the stack's cluster. `written` is the config before `withOwnImages`, which names no image that the stack builds. */
export function createCluster(config: Config, written: Config = config): StackCluster {
  const { cluster } = config;
  const settings = { enableServerSideApply: true };
  if (cluster.kind === "gke") return createGke(config);
  if (cluster.kind === "none")
    return { provider: new Provider("cluster", { ...settings, kubeconfig: nowhere, context: "none" }), external: {} };
  if (cluster.kind === "existing") {
    const context = existingContext(cluster.kubeconfig, cluster.context);
    return { provider: new Provider("cluster", { ...settings, ...context }), external: {} };
  }
  const { kubeconfig, resource, loaded } = createLocal(cluster, imagesToBuild(written));
  return {
    // A cluster that is gone takes its objects along: a destroy must not wait for them.
    provider: new Provider("cluster", { ...settings, kubeconfig, deleteUnreachable: true }, { dependsOn: loaded }),
    external: { kubeconfig, deletedWith: resource, ...(cluster.kind === "k3s" ? {} : localAccess(config)) },
  };
}

function createLocal(config: ClusterConfig, images: Partial<Record<OwnImageName, string>>) {
  const { kind, name: cluster, nodeImage, imageArchives = [], k3s } = config;
  const ports = portMappings(config);
  if (kind === "k3s") {
    const connection = k3s?.ssh && {
      ...k3s.ssh,
      privateKey: privateKey(k3s.ssh.privateKey),
      user: k3s.ssh.user ?? "root",
    };
    const { version, sha256, mirror } = k3s ?? {};
    const k3sCluster = new K3sCluster("k3s", { version, sha256, mirror, connection });
    const archives = new ImageArchives(
      "image-archives",
      { tool: kind, cluster, clusterId: k3sCluster.cluster.id, archives: imageArchives, connection },
      { dependsOn: k3sCluster },
    );
    return { kubeconfig: k3sCluster.kubeconfig, resource: k3sCluster.cluster, loaded: archives.loaded };
  }
  const tool = kind === "k3d" ? "k3d" : "kind";
  const local = new { kind: KindCluster, k3d: K3dCluster }[tool](tool, { cluster, nodeImage, ports });
  const clusterId = local.cluster.id;
  const after = { dependsOn: local };
  const archives = new ImageArchives("image-archives", { tool, cluster, clusterId, archives: imageArchives }, after);
  const own = new LocalImages("own-images", { root, tool, cluster, clusterId, images }, after);
  return { kubeconfig: local.kubeconfig, resource: local.cluster, loaded: [...archives.loaded, ...own.loaded] };
}

/** Content of the key's file as a secret; undefined where the agent has the keys. */
function privateKey(path: string | undefined): pulumi.Output<string> | undefined {
  if (!path) return undefined;
  return pulumi.secret(readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8"));
}

/** The ports that are mapped, by name. */
function hostPorts({ ports }: ClusterConfig): Record<string, number> {
  const all = Object.keys(localPorts).map((name): [string, number] => [name, portOf(ports, name as LocalPort)]);
  return Object.fromEntries(all.filter(([, port]) => port !== 0));
}

function portMappings(config: ClusterConfig) {
  return Object.entries(hostPorts(config)).map(([name, host]) => ({ host, node: localPorts[name as LocalPort].node }));
}
