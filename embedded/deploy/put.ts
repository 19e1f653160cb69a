// Brings one object of a Kubernetes cluster to what its resource asks for.
import { createHash } from "node:crypto";
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import type { Clusters } from "./clusters.ts";
import { deleteObject } from "./delete-object.ts";
import type { Operation } from "./events.ts";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import { type Cluster, type KubeObject, label, type Target, targetOf } from "./kubernetes/cluster.ts";
import { type Change, changes, contains, differAt, maskSecrets, stripped } from "./kubernetes/diff.ts";
import { idOf, manifestOf } from "./kubernetes/manifest.ts";
import { at, parsePath, places, put as putAt } from "./kubernetes/paths.ts";
import { keptSilently, planned } from "./kubernetes/planned.ts";
import { manager } from "./manager.ts";
import { hasFields, patchManager } from "./patches.ts";
import type { Place } from "./places.ts";
import { annotationsOf, isPatch, type Registration } from "./registration.ts";
import type { ResourceState } from "./remembered.ts";
import { sorted } from "./sorted.ts";
import { partOf } from "./state.ts";
import { isProperties, some, unknown, type Value } from "./values.ts";

/** What putting works with. */
export interface Putting {
  clusters: Clusters;
  applySet: string;
  dryRun: boolean;
  /** Of an earlier run. */
  kept: ResourceState | undefined;
  /** Waits until things may be changed. */
  permit: () => Promise<void>;
  /** Why the object must be replaced whatever it looks like; undefined where nothing says so. */
  mustReplace: string | undefined;
  /** Hears which object it is, before anything is changed: true where it is another than before. Throws where it may not be. */
  claim: (cluster: Cluster, place: Pick<Place, "target" | "manager">) => boolean;
  /** Waits until the kept state knows the object: it is about to be changed. */
  about: (place: Pick<Place, "target" | "manager">) => Promise<void>;
  /** Gives a patch's fields to its manager, where an earlier run had them by another. */
  handOver: (live: KubeObject, cluster: Cluster, manager: string) => Promise<KubeObject>;
  /** Whether the program makes a namespace: one that it makes is waited for where it is missing still. */
  makesNamespace: (name: string) => boolean;
  /** Waits for the definition of an object's kind, where the program makes one. */
  kindComes: (cluster: Cluster, object: Pick<KubeObject, "apiVersion" | "kind">) => Promise<void>;
  tell: (what: string) => void;
}

/** What came of it. */
export interface Put {
  cluster: Cluster;
  target: Target & { name: string };
  /** Of a patch: its field manager. */
  manager?: string;
  object: KubeObject;
  operation: Operation;
  changes?: Change[];
  /** Hash of what was applied: the same hash and nothing missing in the live object means that there is nothing to do. */
  applied: string;
}

/** Creates, updates or replaces an object, or finds it as it should be. Readiness is not waited for. */
export async function put(registration: Registration, putting: Putting): Promise<Put> {
  const { urn, inputs, provider } = registration;
  const { clusters, applySet, dryRun, tell, mustReplace } = putting;
  const cluster = clusters.of(provider);
  const { enablePatchForce, upsertExistingObjects } = clusters.settingsOf(provider);
  const own = isPatch(registration) ? patchManager(urn) : undefined;
  const wanted = manifestOf(inputs, undefined, own ? {} : { [partOf]: applySet });
  let namespaced = await cluster.namespaced(wanted.apiVersion, wanted.kind);
  if (namespaced === undefined && !dryRun) {
    await putting.permit();
    await putting.kindComes(cluster, wanted);
    namespaced = await cluster.namespaced(wanted.apiVersion, wanted.kind);
  }
  if (namespaced === false) delete wanted.metadata.namespace;
  else if (namespaced && !wanted.metadata.namespace) wanted.metadata.namespace = clusters.namespaceOf(provider);
  const target = targetOf(wanted);
  const place = own ? { target, manager: own } : { target };
  // What was kept says nothing of an object elsewhere.
  const kept = putting.claim(cluster, place) ? undefined : putting.kept;
  let live = await clusters.live(cluster, target);
  const adopts = isAdoption(registration, target, live);
  if (live && !own && !((adopts || upsertExistingObjects) && isNobodys(live))) refuseOthers(live, applySet, kept);
  if (own && !live && !dryRun) {
    await putting.permit();
    live = await appears(cluster, target, tell);
  }
  if (live) ignore(wanted, live, registration.ignoreChanges);
  // Whose it is isn't the program's to ignore.
  if (!own) wanted.metadata.labels = { ...wanted.metadata.labels, [partOf]: applySet };
  const applied = createHash("sha256")
    .update(JSON.stringify(sorted(wanted)))
    .digest("base64url");
  const made = { cluster, ...place, applied };
  const isSame = (object: KubeObject) =>
    !mustReplace && kept?.applied === applied && contains(object, wanted) && (!own || hasFields(object, own));
  if (live && isSame(live)) return { ...made, object: live, operation: "same" };
  await putting.permit();
  await putting.about(place);
  if (own && live && !dryRun) {
    live = await putting.handOver(live, cluster, own);
    if (isSame(live)) return { ...made, object: live, operation: "same" };
  }
  const isForced = enablePatchForce === true || wanted.metadata.annotations?.["pulumi.com/patchForce"] === "true";
  const options = {
    manager: own ?? manager,
    // In a preview the fields are still a former manager's own.
    force: !own || isForced || (dryRun && kept !== undefined),
  };
  const { object, replaced } = await applyOrReplace(cluster, wanted, live, options, registration, putting);
  const adopted = live && adopts && isNobodys(live);
  // What the API server hasn't seen has none of its defaults: they aren't taken away.
  const after = live && object === wanted ? planned(live, wanted, options.manager) : object;
  const operation = adopted ? "import" : operationOf(live, after, replaced, dryRun);
  return {
    ...made,
    object,
    operation,
    changes: live && operation !== "same" ? maskSecrets(changes(live, after), inputs) : undefined,
  };
}

const isNobodys = ({ metadata }: KubeObject): boolean => !metadata.labels?.[partOf];

/**
 * Whether a resource is to adopt the object that is there. Throws where the id is that of another object, or there is none.
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

function refuseOthers(live: KubeObject, applySet: string, kept: ResourceState | undefined): void {
  const owner = live.metadata.labels?.[partOf];
  if (owner && [applySet, kept?.applySet].includes(owner)) return;
  if (!owner && kept && !kept.pending) return;
  if (owner) throw new Error(`it belongs to another stack (${partOf}: ${owner}): nothing was changed`);
  throw new Error("it exists already and is not this stack's: delete it, or register it as a …Patch resource");
}

async function applyOrReplace(
  cluster: Cluster,
  wanted: KubeObject,
  live: KubeObject | undefined,
  options: { manager: string; force: boolean },
  registration: Registration,
  { dryRun, makesNamespace, mustReplace, tell }: Putting,
): Promise<{ object: KubeObject; replaced: boolean }> {
  const replace = async (why: string) => {
    if (registration.protect) throw new Error(`it must be replaced (${why}) but is protected`);
    // What stays keeps its name, which the new one would need.
    if (registration.retainOnDelete) throw new Error(`it must be replaced (${why}) but is to be retained`);
    // What isn't known yet would be missing.
    if (!isPartlyUnknown(registration.inputs)) await refuseInvalid(cluster, wanted, options);
    if (dryRun) return { object: wanted, replaced: true };
    await deleteObject(
      cluster,
      targetOf(wanted),
      registration.timeouts.delete ?? annotatedTimeout(annotationsOf(registration)),
      tell,
    );
    return { object: await cluster.apply(wanted, options), replaced: true };
  };
  const takenOut = live && keptSilently(live, wanted, options.manager);
  const why = mustReplace ?? (takenOut && `${takenOut} is taken out, and can't change`);
  if (live && why) return await replace(why);
  // The API server knows which of two spellings mean the same, such as 0.5 and 500m.
  const changed = async (before: KubeObject) => {
    const after = await cluster.apply(wanted, { ...options, dryRun: true });
    return registration.replaceOnChanges.find((path) => differAt(before, after, path));
  };
  const { namespace = "" } = wanted.metadata;
  let must = "";
  for (let attempt = 0; ; attempt++)
    try {
      const path = live && registration.replaceOnChanges.length > 0 ? await changed(live) : undefined;
      if (!path) return { object: await cluster.apply(wanted, { ...options, dryRun }), replaced: false };
      must = `${path} changes`;
      break;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // In a preview the namespace or the definition may be only planned: then the object is new, as it stands.
      if (dryRun && !live && error.status === 404) return { object: wanted, replaced: false };
      // What isn't known yet isn't sent, and the API server may miss it.
      if (dryRun && isPartlyUnknown(registration.inputs)) return { object: wanted, replaced: false };
      if (error.status === 404 && attempt < 50 && makesNamespace(namespace)) {
        if (attempt === 0) tell(`Namespace ${namespace}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      if (!live || !isImmutable(error)) throw error;
      must = error.message;
      break;
    }
  return await replace(must);
}

const isPartlyUnknown = (value: Value): boolean => some(value, (part) => part === unknown);

/** Whether a preview can't tell yet which object a resource will be: its cluster, name or namespace is still unknown. */
export function isPlanned({ inputs, provider }: Registration, clusters: Clusters): boolean {
  const { metadata, apiVersion, kind } = inputs;
  const { name = null, namespace = null } = isProperties(metadata) ? metadata : {};
  return (
    clusters.isPlanned(provider) ||
    [metadata ?? null, apiVersion ?? null, kind ?? null, name, namespace].includes(unknown)
  );
}

/** Waits for an object that somebody else makes, such as a namespace's default service account. */
async function appears(cluster: Cluster, target: Target, tell: (what: string) => void): Promise<KubeObject> {
  for await (const now of cluster.watch(target, AbortSignal.timeout(60_000))) {
    if (now) return now;
    tell(`${label(target)} to appear`);
  }
  throw new Error(`there is no ${label(target)} to patch`);
}

function operationOf(live: KubeObject | undefined, now: KubeObject, replaced: boolean, dry: boolean): Operation {
  if (replaced) return "replace";
  if (!live) return "create";
  const sameVersion = !dry && live.metadata.resourceVersion === now.metadata.resourceVersion;
  return sameVersion || changes(live, now).length === 0 ? "same" : "update";
}

/** Gives the ignored fields their live values; what the API server keeps for itself can't be applied. */
function ignore(wanted: KubeObject, live: KubeObject, paths: readonly string[]): void {
  const kept = structuredClone(stripped(live));
  for (const text of paths) {
    const path = parsePath(text);
    for (const place of [...places(kept, path), ...places(wanted, path)]) putAt(wanted, place, at(kept, place));
  }
}

/**
 * Throws where the API server would refuse an object even if the present one of its name were gone: that one stays then. It is asked of
 * one with another name; what only that name, or what the present one holds, stands in the way of isn't told.
 */
async function refuseInvalid(cluster: Cluster, wanted: KubeObject, options: { manager: string; force: boolean }) {
  const { name } = wanted.metadata;
  const trial = {
    ...wanted,
    metadata: { ...wanted.metadata, name: name.length > 20 ? `${name.slice(0, -6)}-trial` : `${name}-trial` },
  };
  try {
    await cluster.apply(trial, { ...options, dryRun: true });
  } catch (error) {
    if (!isStatus(error, 403, 422)) return;
    const causes = error.body.details?.causes ?? [];
    const isHeld = ({ field = "", message = "" }) =>
      field.startsWith("metadata.name") || message.includes("already allocated");
    // A quota counts the present one, and rights may be those to this name alone.
    if (/exceeded quota|cannot patch resource/.test(error.message) || (causes.length > 0 && causes.every(isHeld)))
      return;
    throw new Error(`it must be replaced, and the new one would be refused: ${error.message}`);
  }
}

/** How the API server words that a field can't change; the words differ from kind to kind. */
function isImmutable(error: ApiError): boolean {
  return (
    error.status === 422 &&
    /immutable|may not (be )?change|not be changed|updates to [\w\s]+ (for fields other than|(is|are) forbidden)|cannot change roleRef/i.test(
      `${error.message} ${error.body.message}`,
    )
  );
}
