// Stores a stack's state between runs: in a Secret of the cluster, which is also the parent object of the
// stack's ApplySet (KEP-3659), so that the state stays with the cluster and other ApplySet tools can find the stack's objects.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { sorted } from "@agentic/api/sorted.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { joined, othersPart, ownPart } from "./former-state.ts";
import type { Cluster, KubeObject, Target } from "./kubernetes/cluster.ts";
import { isPatch as patches } from "./kubernetes/kinds.ts";
import { manager } from "./manager.ts";
import { applySetId, formerParentName, fullName, parentName, type StackId, stateNamespace } from "./names.ts";
import type { ResourceState, State } from "./state-types.ts";

/** Whether a resource patches an object that another program has made. */
export const isPatch = ({ type, target }: ResourceState): boolean => patches({ type, kind: target?.kind });

export { applySetId, parentName } from "./names.ts";

/** Loads and saves a state. */
export interface Store {
  load(): Promise<State>;
  save(state: State): Promise<void>;
  /** Deletes the state: the stack is destroyed. */
  remove(): Promise<void>;
}

/** The state of a stack that has made nothing yet. */
export const emptyState = (): State => ({ resources: {}, outputs: {}, secretOutputs: [] });

/** Label that each object of the set carries, with the id for its value. */
export const partOf = "applyset.kubernetes.io/part-of";

const secretType = "agentic.io/stack-state";
const stackAnnotation = "agentic.io/stack";

async function stateSecrets(cluster: Cluster): Promise<KubeObject[]> {
  const target = { apiVersion: "v1", kind: "Secret", namespace: stateNamespace };
  const secrets = await cluster.list(target, "applyset.kubernetes.io/id");
  return secrets.filter(({ type }) => type === secretType);
}

/** The stacks whose state a cluster holds, as `project/stack`. */
export async function stackNames(cluster: Cluster): Promise<string[]> {
  const secrets = await stateSecrets(cluster);
  const names = secrets.map(({ metadata }) => metadata.annotations?.[stackAnnotation] ?? metadata.name);
  return [...new Set(names)].sort();
}

/** Resources of the cluster's other stacks: those whose ApplySet is not `applySet`. */
export async function othersResources(cluster: Cluster, applySet: string): Promise<ResourceState[]> {
  const secrets = await stateSecrets(cluster);
  const others = secrets.filter(({ metadata }) => metadata.labels?.["applyset.kubernetes.io/id"] !== applySet);
  return others.flatMap((secret) => Object.values(unpack(secret)?.resources ?? {}));
}

/** Resources of all stacks of a cluster. */
export async function allResources(cluster: Cluster): Promise<ResourceState[]> {
  return (await stateSecrets(cluster)).flatMap((secret) => Object.values(unpack(secret)?.resources ?? {}));
}

function unpack({ data }: KubeObject): State | undefined {
  const packed = (data as Record<string, string> | undefined)?.state;
  return packed ? (JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8")) as State) : undefined;
}

/** Sorted, since the program registers concurrently and the order of its resources has no meaning. */
const textOf = ({ exists: _, ...state }: State): string => JSON.stringify(sorted(state));

/**
 * Stores the state in a Secret of the cluster. A state that an earlier release stored under a name that stacks could share is
 * migrated by the first `save`: it is written under its new name before it is removed from the old one.
 */
export function clusterStore(cluster: Cluster, project: string, stack: string): Store {
  const id: StackId = { project, stack };
  const address = { apiVersion: "v1", kind: "Secret", namespace: stateNamespace };
  const target = { ...address, name: parentName(project, stack) };
  /** The Secret as last read or written. */
  let live: KubeObject | undefined;
  let last = "";
  /** The Secret of an earlier release, where it holds something of this stack. */
  let former: KubeObject | undefined;

  async function write(secret: KubeObject): Promise<KubeObject> {
    try {
      // Two concurrent runs would each lose the other's resources: the later write is refused.
      return await (secret.metadata.resourceVersion
        ? cluster.replace(secret, manager)
        : cluster.create(secret, manager));
    } catch (error) {
      if (!isStatus(error, 404, 409)) throw error;
      // It may be our own write, whose answer was lost.
      const current = await cluster.get({ ...address, name: secret.metadata.name });
      if (current && textIn(current) === textIn(secret)) return current;
      throw changedMeanwhile(id);
    }
  }

  /** Removes this stack's part from the Secret of an earlier release; other stacks' parts stay. */
  async function retire(secret: KubeObject): Promise<void> {
    const left = othersPart(unpack(secret) ?? emptyState(), id);
    former = undefined;
    if (left) await write(packed({ ...secret, metadata: named(secret, left.owner) }, left.state));
    else await deleteExactly(cluster, { ...address, name: secret.metadata.name }, secret, id);
  }

  return {
    async load() {
      const [secret, earlier] = await Promise.all([
        cluster.get(target),
        cluster.get({ ...address, name: formerParentName(id) }),
      ]);
      if (secret) refuseOthersState(secret, id);
      live = secret;
      const own = secret && unpack(secret);
      last = own ? textOf(own) : "";
      const isState = earlier?.type === secretType;
      const share = isState
        ? ownPart(unpack(earlier) ?? emptyState(), id, earlier.metadata.annotations?.[stackAnnotation])
        : undefined;
      former = share && earlier;
      const state = own && share ? joined(own, share) : (own ?? share);
      return state ? { ...state, exists: true } : emptyState();
    },
    async save(state) {
      const text = textOf(state);
      if (text !== last) {
        // an unchanged stack leaves its state's resourceVersion too
        live = await write(packed(parentOf(id, live, state), state));
        last = text;
      }
      if (former) await retire(former);
    },
    async remove() {
      if (former) await retire(former);
      if (live) await deleteExactly(cluster, target, live, id);
      live = undefined;
      last = "";
    },
  };
}

/** Deletes a Secret that nobody has changed since it was read. */
async function deleteExactly(cluster: Cluster, target: Target, { metadata }: KubeObject, id: StackId): Promise<void> {
  const { uid, resourceVersion } = metadata;
  await cluster.delete(target, { uid, resourceVersion }).catch((error: Error) => {
    throw isStatus(error, 409) ? changedMeanwhile(id) : error;
  });
}

const changedMeanwhile = (id: StackId) =>
  new Error(`another run has changed the stack ${fullName(id)} meanwhile: run again when it has ended`);

/** Throws where a Secret under this stack's name is not its state. */
function refuseOthersState({ type, metadata: { name, annotations } }: KubeObject, id: StackId): void {
  const owner = annotations?.[stackAnnotation];
  if (type === secretType && owner === fullName(id)) return;
  const holds =
    type !== secretType
      ? "no stack's state"
      : owner
        ? `the state of the stack ${owner}`
        : "a state that doesn't say whose it is";
  throw new Error(
    `the Secret ${stateNamespace}/${name} is where the state of the stack ${fullName(id)} belongs, and holds ${holds} (annotation ${stackAnnotation}): nothing was changed; rename it, or put its own state back`,
  );
}

const textIn = ({ data }: KubeObject) => (data as Record<string, string> | undefined)?.state;

/** Bytes of data that Kubernetes accepts in a Secret (MaxSecretSize in core/v1). */
const maxSecretBytes = 1 << 20;

/** The Secret with a state in it. Throws where the state doesn't fit, before anything is sent. */
function packed(secret: KubeObject, state: State): KubeObject {
  const bytes = gzipSync(textOf(state));
  if (bytes.length > maxSecretBytes)
    throw new Error(
      `the state of the stack ${secret.metadata.annotations?.[stackAnnotation]} has ${bytes.length} bytes when compressed, and a Secret holds at most ${maxSecretBytes}: divide the program into several stacks`,
    );
  return { ...secret, data: { state: bytes.toString("base64") } };
}

const named = ({ metadata }: KubeObject, owner: StackId): KubeObject["metadata"] => ({
  ...metadata,
  annotations: { ...metadata.annotations, [stackAnnotation]: fullName(owner) },
});

/** The Secret as the parent object of the stack's ApplySet. */
function parentOf(id: StackId, live: KubeObject | undefined, { resources }: State): KubeObject {
  const objects = Object.values(resources).flatMap((resource) => (resource.target ? [resource.target] : []));
  const groupKinds = new Set(
    objects.map(({ apiVersion, kind }) => (apiVersion.includes("/") ? `${kind}.${apiVersion.split("/")[0]}` : kind)),
  );
  const namespaces = new Set(objects.flatMap((object) => object.namespace ?? []));
  namespaces.delete(stateNamespace);
  const { project, stack } = id;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...live?.metadata,
      name: parentName(project, stack),
      namespace: stateNamespace,
      labels: { ...live?.metadata.labels, "applyset.kubernetes.io/id": applySetId(project, stack) },
      annotations: {
        ...live?.metadata.annotations,
        [stackAnnotation]: fullName(id),
        "applyset.kubernetes.io/tooling": `${manager}/v1`,
        "applyset.kubernetes.io/contains-group-kinds": [...groupKinds].sort().join(","),
        "applyset.kubernetes.io/additional-namespaces": [...namespaces].sort().join(","),
      },
    },
    type: secretType,
  };
}

/** Stores the state in a file that only its owner can read, for runs without a cluster. */
export function fileStore(path: string): Store {
  return {
    load: async () => (existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as State) : emptyState()),
    async save(state) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify(state), { mode: 0o600 });
    },
    async remove() {
      writeFileSync(path, JSON.stringify(emptyState()), { mode: 0o600 });
    },
  };
}
