// What is remembered of a stack between runs. It lives in the cluster, in a Secret that is also the parent object of the
// stack's ApplySet (KEP-3659): whoever has the cluster has the state, and other ApplySet tools can read what belongs to it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { CertificateState } from "./certificates.ts";
import { ApiError, type Cluster, type KubeObject } from "./kubernetes/cluster.ts";
import { isPatch as patches } from "./kubernetes/kinds.ts";
import { type RandomState, sorted } from "./random.ts";
import type { SecretPath } from "./values.ts";

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
  /** URN of the resource whose deletion takes this one along. */
  deletedWith?: string;
  /** Seconds that its deletion may take. */
  deleteTimeout?: number;
  /** Hash of what was applied last. */
  applied?: string;
  /** Planned by a run that has not made it: its object may be there or not. */
  pending?: boolean;
  random?: RandomState;
  /** Of an issuer or a certificate. */
  certificate?: CertificateState;
  /** How a provider's cluster is reached, so that it can be when the program no longer names it. As secret as the state. */
  connection?: { kubeconfig?: string; context?: string };
}

/** Whether a resource patches an object that somebody else has made. */
export const isPatch = ({ type, target }: ResourceState): boolean => patches({ type, kind: target?.kind });

/** Everything remembered, in the order in which it was made. */
export interface State {
  resources: Record<string, ResourceState>;
  outputs: Record<string, unknown>;
  /** Names of the outputs that hold a secret. */
  secretOutputs: string[];
  /** Where in the outputs the secrets are; without it, the outputs named by `secretOutputs` are secret as a whole. */
  secretPaths?: SecretPath[];
  /** False where the stack has never been brought up. */
  exists?: boolean;
}

/** Where a state is kept. */
export interface Store {
  load(): Promise<State>;
  save(state: State): Promise<void>;
  /** Forgets everything: the stack is destroyed. */
  remove(): Promise<void>;
}

/** The state of a stack that has made nothing yet. */
export const none = (): State => ({ resources: {}, outputs: {}, secretOutputs: [] });

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

const secretType = "agentic.io/stack-state";
const stackAnnotation = "agentic.io/stack";

async function stateSecrets(cluster: Cluster): Promise<KubeObject[]> {
  const secrets = await cluster.list({ apiVersion: "v1", kind: "Secret", namespace }, "applyset.kubernetes.io/id");
  return secrets.filter(({ type }) => type === secretType);
}

/** The stacks whose state a cluster holds, as `project/stack`. */
export async function stackNames(cluster: Cluster): Promise<string[]> {
  return (await stateSecrets(cluster))
    .map(({ metadata }) => metadata.annotations?.[stackAnnotation] ?? metadata.name)
    .sort();
}

/** Everything that the stacks of a cluster have made. */
export async function allResources(cluster: Cluster): Promise<ResourceState[]> {
  return (await stateSecrets(cluster)).flatMap(({ data }) => {
    const packed = (data as Record<string, string> | undefined)?.state;
    return packed ? Object.values(unpack(packed).resources) : [];
  });
}

const unpack = (packed: string): State =>
  JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8")) as State;

/** Keeps the state in the cluster that it describes. */
export function clusterStore(cluster: Cluster, project: string, stack: string): Store {
  const target = { apiVersion: "v1", kind: "Secret", namespace, name: parentName(project, stack) };
  let last = "";
  let version: string | undefined;
  return {
    async load() {
      const secret = await cluster.get(target);
      version = secret?.metadata.resourceVersion;
      const packed = (secret?.data as Record<string, string> | undefined)?.state;
      if (!packed) return none();
      const text = gunzipSync(Buffer.from(packed, "base64")).toString("utf8");
      last = text;
      return { ...(JSON.parse(text) as State), exists: true };
    },
    async save({ exists: _, ...state }) {
      // The program registers side by side: the order of what it made says nothing.
      const text = JSON.stringify(sorted(state));
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
      const saved = await cluster
        .apply(
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: {
              name: target.name,
              namespace,
              // Two runs at once would each forget what the other has made: the later one is refused.
              resourceVersion: version,
              labels: { "applyset.kubernetes.io/id": applySetId(project, stack) },
              annotations: {
                [stackAnnotation]: `${project}/${stack}`,
                "applyset.kubernetes.io/tooling": "agentic-deploy/v1",
                "applyset.kubernetes.io/contains-group-kinds": [...groupKinds].sort().join(","),
                "applyset.kubernetes.io/additional-namespaces": [...namespaces].sort().join(","),
              },
            },
            type: secretType,
            data: { state: gzipSync(text).toString("base64") },
          },
          { manager, force: true },
        )
        .catch((error: Error) => {
          if (!(error instanceof ApiError) || error.code !== 409) throw error;
          throw new Error(
            `another run has changed the stack ${project}/${stack} meanwhile: run again when it has ended`,
          );
        });
      version = saved.metadata.resourceVersion;
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
