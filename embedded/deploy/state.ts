// What is remembered of a stack between runs. It lives in the cluster, in a Secret that is also the parent object of the
// stack's ApplySet (KEP-3659): whoever has the cluster has the state, and other ApplySet tools can read what belongs to it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Cluster } from "./kubernetes/cluster.ts";
import type { RandomState } from "./random.ts";

/** A resource that the stack has made. */
export interface ResourceState {
  type: string;
  name: string;
  /** Of the object in the cluster; absent for what lives in the state only. */
  target?: { apiVersion: string; kind: string; namespace?: string; name: string };
  /** `urn::id` of the provider resource. */
  provider: string;
  dependencies: string[];
  protect?: boolean;
  retainOnDelete?: boolean;
  random?: RandomState;
  /** Inputs of a provider resource, so that its cluster can be reached when the program no longer names it. */
  connection?: { kubeconfig?: string; context?: string };
}

/** Everything remembered, in the order in which it was made. */
export interface State {
  resources: Record<string, ResourceState>;
  outputs: Record<string, unknown>;
  secretOutputs: string[];
}

/** Where a state is kept. */
export interface Store {
  load(): Promise<State>;
  save(state: State): Promise<void>;
  /** Forgets everything: the stack is destroyed. */
  remove(): Promise<void>;
}

const none = (): State => ({ resources: {}, outputs: {}, secretOutputs: [] });

const manager = "agentic-deploy";
const namespace = "kube-system";

/** Name of the Secret of a stack. */
export function parentName(project: string, stack: string): string {
  return `${project}-${stack}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
}

/** The ApplySet's id, as the specification forms it from its parent object. */
export function applySetId(project: string, stack: string): string {
  const sum = createHash("sha256")
    .update(`${parentName(project, stack)}.${namespace}.Secret.`)
    .digest("base64url");
  return `applyset-${sum}-v1`;
}

/** Label that each object of the set carries, with the id for its value. */
export const partOf = "applyset.kubernetes.io/part-of";

/** Keeps the state in the cluster that it describes. */
export function clusterStore(cluster: Cluster, project: string, stack: string): Store {
  const target = { apiVersion: "v1", kind: "Secret", namespace, name: parentName(project, stack) };
  let last = "";
  return {
    async load() {
      const secret = await cluster.get(target);
      const packed = (secret?.data as Record<string, string> | undefined)?.state;
      if (!packed) return none();
      const text = gunzipSync(Buffer.from(packed, "base64")).toString("utf8");
      last = text;
      return JSON.parse(text) as State;
    },
    async save(state) {
      const text = JSON.stringify(state);
      if (text === last) return; // an unchanged stack leaves its state's resourceVersion too
      last = text;
      const objects = Object.values(state.resources).flatMap((resource) => (resource.target ? [resource.target] : []));
      const groupKinds = new Set(
        objects.map(({ apiVersion, kind }) =>
          apiVersion.includes("/") ? `${kind}.${apiVersion.split("/")[0]}` : kind,
        ),
      );
      const namespaces = new Set(objects.flatMap((object) => object.namespace ?? []));
      namespaces.delete(namespace);
      await cluster.apply(
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: {
            name: target.name,
            namespace,
            labels: { "applyset.kubernetes.io/id": applySetId(project, stack) },
            annotations: {
              "applyset.kubernetes.io/tooling": "agentic-deploy/v1",
              "applyset.kubernetes.io/contains-group-kinds": [...groupKinds].sort().join(","),
              "applyset.kubernetes.io/additional-namespaces": [...namespaces].sort().join(","),
            },
          },
          type: "agentic.io/stack-state",
          data: { state: gzipSync(text).toString("base64") },
        },
        { manager, force: true },
      );
    },
    async remove() {
      await cluster.delete(target);
    },
  };
}

/** Keeps the state in a file that only its owner can read, for runs without a cluster. */
export function fileStore(path: string): Store {
  return {
    load: async () => (existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as State) : none()),
    async save(state) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify(state), { mode: 0o600 });
    },
    async remove() {
      writeFileSync(path, JSON.stringify(none()), { mode: 0o600 });
    },
  };
}
