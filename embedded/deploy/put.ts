// Brings one object of a Kubernetes cluster to the state that its resource declares.
import { createHash } from "node:crypto";
import { sorted } from "@agentic/api/sorted.ts";
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import type { Clusters } from "./clusters.ts";
import { deleteObject } from "./delete-object.ts";
import type { Operation } from "./events.ts";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import { type Cluster, type KubeObject, label, type Target, targetOf } from "./kubernetes/cluster.ts";
import { type Change, changes, contains, differAt, maskSecrets, stripped } from "./kubernetes/diff.ts";
import { idOf, manifestOf } from "./kubernetes/manifest.ts";
import { at, parsePath, places, put as putAt } from "./kubernetes/paths.ts";
import { planned, silentlyKeptField } from "./kubernetes/planned.ts";
import { manager } from "./manager.ts";
import { hasFields, patchManager } from "./patches.ts";
import type { Place } from "./places.ts";
import { annotationsOf, isPatch, type Registration } from "./registration.ts";
import { partOf } from "./state.ts";
import type { ResourceState } from "./state-types.ts";
import { isProperties, some, unknown, type Value } from "./values.ts";

/** The inputs of `put`. */
export interface PutOptions {
  clusters: Clusters;
  applySet: string;
  dryRun: boolean;
  /** The resource's state from the previous run. */
  previous: ResourceState | undefined;
  /** Waits until changes are allowed. */
  permit: () => Promise<void>;
  /** Why the object must be replaced whatever its state; undefined where it need not. */
  mustReplace: string | undefined;
  /** Claims the object before anything is changed: true where it is another one than before. Throws where it may not be claimed. */
  claim: (cluster: Cluster, place: Pick<Place, "target" | "manager">) => boolean;
  /** Waits until the saved state contains the object, which is about to be changed. */
  recordIntent: (place: Pick<Place, "target" | "manager">) => Promise<void>;
  /** Hands a patch's fields over to its manager, where an earlier run used another one. */
  handOver: (live: KubeObject, cluster: Cluster, manager: string) => Promise<KubeObject>;
  /** Whether the program makes a namespace: if so, it is waited for while it is missing. */
  makesNamespace: (name: string) => boolean;
  /** Waits for the definition of an object's kind, where the program makes one. */
  awaitDefinition: (cluster: Cluster, object: Pick<KubeObject, "apiVersion" | "kind">) => Promise<void>;
  onWait: (what: string) => void;
}

/** The result of `put`. */
export interface PutResult {
  cluster: Cluster;
  target: Target & { name: string };
  /** Of a patch: its field manager. */
  manager?: string;
  object: KubeObject;
  operation: Operation;
  changes?: Change[];
  /** Hash of the applied object: if it is unchanged and the live object lacks nothing, there is nothing to do. */
  applied: string;
}

/** Creates, updates or replaces an object, or finds it unchanged. Doesn't wait for readiness. */
export async function put(registration: Registration, putOptions: PutOptions): Promise<PutResult> {
  const { urn, inputs, provider } = registration;
  const { clusters, applySet, dryRun, onWait, mustReplace } = putOptions;
  const cluster = clusters.of(provider);
  const { enablePatchForce, upsertExistingObjects } = clusters.settingsOf(provider);
  const patchOwner = isPatch(registration) ? patchManager(urn) : undefined;
  const desired = manifestOf(inputs, undefined, patchOwner ? {} : { [partOf]: applySet });
  let namespaced = await cluster.namespaced(desired.apiVersion, desired.kind);
  if (namespaced === undefined && !dryRun) {
    await putOptions.permit();
    await putOptions.awaitDefinition(cluster, desired);
    namespaced = await cluster.namespaced(desired.apiVersion, desired.kind);
  }
  if (namespaced === false) delete desired.metadata.namespace;
  else if (namespaced && !desired.metadata.namespace) desired.metadata.namespace = clusters.namespaceOf(provider);
  const target = targetOf(desired);
  const place = patchOwner ? { target, manager: patchOwner } : { target };
  // The previous state doesn't describe an object at another place.
  const previous = putOptions.claim(cluster, place) ? undefined : putOptions.previous;
  let live = await clusters.live(cluster, target);
  const adopts = isAdoption(registration, target, live);
  if (live && !patchOwner && !((adopts || upsertExistingObjects) && isNobodys(live)))
    refuseOthers(live, applySet, previous);
  if (patchOwner && !live && !dryRun) {
    await putOptions.permit();
    live = await appears(cluster, target, onWait);
  }
  if (live) ignore(desired, live, registration.ignoreChanges);
  // ignoreChanges doesn't apply to the label of the stack.
  if (!patchOwner) desired.metadata.labels = { ...desired.metadata.labels, [partOf]: applySet };
  const applied = createHash("sha256")
    .update(JSON.stringify(sorted(desired)))
    .digest("base64url");
  const common = { cluster, ...place, applied };
  const isSame = (object: KubeObject) =>
    !mustReplace &&
    previous?.applied === applied &&
    contains(object, desired) &&
    (!patchOwner || hasFields(object, patchOwner));
  if (live && isSame(live)) return { ...common, object: live, operation: "same" };
  await putOptions.permit();
  await putOptions.recordIntent(place);
  if (patchOwner && live && !dryRun) {
    live = await putOptions.handOver(live, cluster, patchOwner);
    if (isSame(live)) return { ...common, object: live, operation: "same" };
  }
  const isForced = enablePatchForce === true || desired.metadata.annotations?.["pulumi.com/patchForce"] === "true";
  const options = {
    manager: patchOwner ?? manager,
    // In a preview the former manager still owns the fields.
    force: !patchOwner || isForced || (dryRun && previous !== undefined),
  };
  const { object, replaced } = await applyOrReplace(cluster, desired, live, options, registration, putOptions);
  const adopted = live && adopts && isNobodys(live);
  // An object that wasn't sent to the API server lacks its defaults: they don't count as removed.
  const after = live && object === desired ? planned(live, desired, options.manager) : object;
  const operation = adopted ? "import" : operationOf(live, after, replaced, dryRun);
  return {
    ...common,
    object,
    operation,
    changes: live && operation !== "same" ? maskSecrets(changes(live, after), inputs) : undefined,
  };
}

const isNobodys = ({ metadata }: KubeObject): boolean => !metadata.labels?.[partOf];

/**
 * Whether a resource adopts the existing object. Throws where the id names another object, or there is no object.
 */
function isAdoption(
  { importId }: Registration,
  target: Target & { name: string },
  live: KubeObject | undefined,
): boolean {
  if (!importId) return false;
  const [name, namespace = target.namespace && "default"] = importId.split("/").reverse();
  if (name !== target.name || namespace !== target.namespace)
    throw new Error(
      `option import: '${importId}' is not the object that the metadata names, '${idOf({ metadata: target })}'`,
    );
  if (!live) throw new Error(`option import: there is no ${label(target)} to adopt`);
  return true;
}

function refuseOthers(live: KubeObject, applySet: string, previous: ResourceState | undefined): void {
  const owner = live.metadata.labels?.[partOf];
  if (owner && [applySet, previous?.applySet].includes(owner)) return;
  if (!owner && previous && !previous.pending) return;
  if (owner) throw new Error(`it belongs to another stack (${partOf}: ${owner}): nothing was changed`);
  throw new Error("it exists already and is not this stack's: delete it, or register it as a …Patch resource");
}

async function applyOrReplace(
  cluster: Cluster,
  desired: KubeObject,
  live: KubeObject | undefined,
  options: { manager: string; force: boolean },
  registration: Registration,
  { dryRun, makesNamespace, mustReplace, onWait }: PutOptions,
): Promise<{ object: KubeObject; replaced: boolean }> {
  const replace = async (reason: string) => {
    if (registration.protect) throw new Error(`it must be replaced (${reason}) but is protected`);
    // A retained object keeps its name, which the new one would need.
    if (registration.retainOnDelete) throw new Error(`it must be replaced (${reason}) but is to be retained`);
    // A manifest with unknown values would lack required fields.
    if (!isPartlyUnknown(registration.inputs)) await refuseInvalid(cluster, desired, options);
    if (dryRun) return { object: desired, replaced: true };
    await deleteObject(
      cluster,
      targetOf(desired),
      registration.timeouts.delete ?? annotatedTimeout(annotationsOf(registration)),
      onWait,
    );
    return { object: await cluster.apply(desired, options), replaced: true };
  };
  const takenOut = live && silentlyKeptField(live, desired, options.manager);
  const reason = mustReplace ?? (takenOut && `${takenOut} is removed, and the field is immutable`);
  if (live && reason) return await replace(reason);
  // The API server knows which of two spellings mean the same, such as 0.5 and 500m.
  const changed = async (before: KubeObject) => {
    const after = await cluster.apply(desired, { ...options, dryRun: true });
    return registration.replaceOnChanges.find((path) => differAt(before, after, path));
  };
  const { namespace = "" } = desired.metadata;
  let cause = "";
  for (let attempt = 0; ; attempt++)
    try {
      const path = live && registration.replaceOnChanges.length > 0 ? await changed(live) : undefined;
      if (!path) return { object: await cluster.apply(desired, { ...options, dryRun }), replaced: false };
      cause = `${path} changes`;
      break;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // In a preview the namespace or the definition may be only planned: then the object is new.
      if (dryRun && !live && error.status === 404) return { object: desired, replaced: false };
      // Unknown values aren't sent, and the API server may require them.
      if (dryRun && isPartlyUnknown(registration.inputs)) return { object: desired, replaced: false };
      if (error.status === 404 && attempt < 50 && makesNamespace(namespace)) {
        if (attempt === 0) onWait(`Namespace ${namespace}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      if (!live || !isImmutable(error)) throw error;
      cause = error.message;
      break;
    }
  return await replace(cause);
}

const isPartlyUnknown = (value: Value): boolean => some(value, (part) => part === unknown);

/** Whether a resource's object isn't known yet in a preview: its cluster, name or namespace is unknown. */
export function isPlanned({ inputs, provider }: Registration, clusters: Clusters): boolean {
  const { metadata, apiVersion, kind } = inputs;
  const { name = null, namespace = null } = isProperties(metadata) ? metadata : {};
  return (
    clusters.isPlanned(provider) ||
    [metadata ?? null, apiVersion ?? null, kind ?? null, name, namespace].includes(unknown)
  );
}

/** Waits for an object that another program makes, such as a namespace's default service account. */
async function appears(cluster: Cluster, target: Target, onWait: (what: string) => void): Promise<KubeObject> {
  for await (const now of cluster.watch(target, AbortSignal.timeout(60_000))) {
    if (now) return now;
    onWait(`${label(target)} to appear`);
  }
  throw new Error(`there is no ${label(target)} to patch`);
}

function operationOf(live: KubeObject | undefined, now: KubeObject, replaced: boolean, dry: boolean): Operation {
  if (replaced) return "replace";
  if (!live) return "create";
  const sameVersion = !dry && live.metadata.resourceVersion === now.metadata.resourceVersion;
  return sameVersion || changes(live, now).length === 0 ? "same" : "update";
}

/** Sets the ignored fields to their live values, except those that only the API server sets. */
function ignore(desired: KubeObject, live: KubeObject, paths: readonly string[]): void {
  const liveFields = structuredClone(stripped(live));
  for (const text of paths) {
    const path = parsePath(text);
    for (const place of [...places(liveFields, path), ...places(desired, path)])
      putAt(desired, place, at(liveFields, place));
  }
}

/**
 * Throws where the API server would refuse the new object even after the present one is deleted: then the present one stays. The dry run uses
 * another name; errors that only concern the name, or what the present object holds, are ignored.
 */
async function refuseInvalid(cluster: Cluster, desired: KubeObject, options: { manager: string; force: boolean }) {
  const { name } = desired.metadata;
  const trial = {
    ...desired,
    metadata: { ...desired.metadata, name: name.length > 20 ? `${name.slice(0, -6)}-trial` : `${name}-trial` },
  };
  try {
    await cluster.apply(trial, { ...options, dryRun: true });
  } catch (error) {
    if (!isStatus(error, 403, 422)) return;
    const causes = error.body.details?.causes ?? [];
    const isHeld = ({ field = "", message = "" }) =>
      field.startsWith("metadata.name") || message.includes("already allocated");
    // A quota counts the present object, and rights may be limited to its name.
    if (/exceeded quota|cannot patch resource/.test(error.message) || (causes.length > 0 && causes.every(isHeld)))
      return;
    throw new Error(`it must be replaced, and the API server would refuse the new object: ${error.message}`);
  }
}

/** Whether an error says that a field is immutable; the API server's text differs from kind to kind. */
function isImmutable(error: ApiError): boolean {
  return (
    error.status === 422 &&
    /immutable|may not (be )?change|not be changed|updates to [\w\s]+ (for fields other than|(is|are) forbidden)|cannot change roleRef/i.test(
      `${error.message} ${error.body.message}`,
    )
  );
}
