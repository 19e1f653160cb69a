// Makes a resource: an object of a cluster, a random value, an issuer or a certificate.
import { isCertManager, isIssuer } from "./cert-manager.ts";
import { Certificates } from "./certificates.ts";
import type { Clusters } from "./clusters.ts";
import type { Operation } from "./events.ts";
import { isTriggered, keptOf, stateOf } from "./kept.ts";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import { type Cluster, type KubeObject, label } from "./kubernetes/cluster.ts";
import type { Change } from "./kubernetes/diff.ts";
import { idOf, outputsOf } from "./kubernetes/manifest.ts";
import { hasReadiness, timeoutOf } from "./kubernetes/readiness.ts";
import { awaitReady } from "./kubernetes/ready.ts";
import { labelOfUrn } from "./labels.ts";
import type { Registered } from "./program.ts";
import { isPlanned, put } from "./put.ts";
import { isRandom, makeRandom, randomOutputs } from "./random.ts";
import type { Recording } from "./recording.ts";
import { isPatch, type Registration } from "./registration.ts";
import { deleteObject, keyOf } from "./remove.ts";
import type { Scrubber } from "./scrub.ts";
import { isPatch as isPatchState, type ResourceState, type State } from "./state.ts";
import { reveal } from "./values.ts";

/** What making works with. */
export interface MakerOptions {
  /** Is asked before anything is changed; gives the whole program's recording, or rejects where the program is not sound. */
  permit: () => Promise<Recording>;
  /** Changed as the run goes. */
  state: State;
  clusters: Clusters;
  applySet: string;
  dryRun: boolean;
  /** Takes secrets out of what is said. */
  scrubber: Scrubber;
}

/** The program as a whole may not be applied: its recording has failed, and says why. */
export class NotPermitted extends Error {}

type Made = Registered & { operation: Operation; changes?: Change[] };

/** Makes the resources of one run, each when it is asked to, and remembers them in the state. */
export class Maker {
  /** URNs of what is made, or stays as it was. */
  readonly made = new Set<string>();
  /** URNs of what this run has replaced. */
  readonly #replaced = new Set<string>();
  /** Objects that this run has put, by `keyOf`, with their resources. */
  readonly objects = new Map<string, string>();
  /** The namespaces that the program makes, by name with their URNs, once it is recorded. */
  #namespaces: ReadonlyMap<string, string> = new Map();
  /** What earlier runs left: this one's plan adds to the state before anything is made. */
  readonly #before: State;
  readonly #certificates = new Certificates();
  readonly #options: MakerOptions;
  readonly #failed: ReadonlyMap<string, string>;

  /** `failed` has the URNs that could not be made, as the run goes. */
  constructor(options: MakerOptions, failed: ReadonlyMap<string, string>) {
    this.#options = options;
    this.#failed = failed;
    this.#before = { ...options.state, resources: { ...options.state.resources } };
  }

  /** Waits until things may be changed. */
  async permit(): Promise<Recording | undefined> {
    if (this.#options.dryRun) return undefined;
    const recording = await this.#options.permit().catch((error: Error) => {
      throw new NotPermitted(error.message);
    });
    const spaces = recording.registrations.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
    this.#namespaces = new Map(
      spaces.map(({ inputs, urn }) => [
        String((reveal(inputs) as { metadata?: { name?: string } }).metadata?.name),
        urn,
      ]),
    );
    return recording;
  }

  /** Takes a provider resource in. */
  provider(registration: Registration): Registered {
    const { type, name, inputs } = registration;
    const isCluster = type === "pulumi:providers:kubernetes";
    this.#record(registration, isCluster ? { connection: this.#options.clusters.use(registration) } : {});
    return { id: name, outputs: inputs };
  }

  /** Makes a resource that is no component and no provider. `tell` hears what is waited for. */
  async make(registration: Registration, tell: (what: string) => void): Promise<Made> {
    const made = isRandom(registration.type)
      ? await this.#random(registration)
      : isCertManager(registration.type)
        ? await this.#certificate(registration, tell)
        : await this.#kubernetes(registration, tell);
    if (made.operation === "replace") this.#replaced.add(registration.urn);
    return made;
  }

  /** Why what an earlier run made must be replaced, whatever it is like now. */
  #mustReplace(registration: Registration, kept: ResourceState | undefined): string | undefined {
    if (isTriggered(registration, kept)) return "its replacementTrigger changes";
    const { replaceWith, deletedWith } = registration;
    const other = [...replaceWith, deletedWith].find((urn) => this.#replaced.has(urn));
    return other && `${labelOfUrn(other)} is replaced`;
  }

  async #random(registration: Registration): Promise<Made> {
    const { urn, type, inputs } = registration;
    const before = keptOf(this.#before, registration);
    const kept = before?.random;
    const made = makeRandom(type, inputs, this.#mustReplace(registration, before) ? undefined : kept);
    // The recording has made the new values already, and they are safe in the state.
    const recorded = made.isNew ? (await this.permit())?.random[urn] : undefined;
    const random = (recorded?.operation === "same" ? undefined : recorded?.resource.random) ?? made.state;
    this.#record(registration, { random });
    const operation = made.isNew ? (kept ? "replace" : "create") : "same";
    return { ...randomOutputs(type, random), operation };
  }

  /** An issuer is remembered; a certificate is the Secret that cert-manager would make of it. */
  async #certificate(registration: Registration, tell: (what: string) => void): Promise<Made> {
    const { urn, inputs, provider } = registration;
    const { clusters, state, dryRun, scrubber } = this.#options;
    const before = keptOf(state, registration);
    const planned = (): Made => {
      this.#record(registration, { target: before?.target });
      return { id: "", outputs: inputs, operation: before && !before.pending ? "update" : "create" };
    };
    if (dryRun && isPlanned(registration, clusters)) return planned();
    const made = { id: idOf(reveal(inputs) as KubeObject), outputs: inputs };
    if (isIssuer(registration)) {
      const namespace = clusters.namespaceOf(provider);
      const [operation, certificate] = this.#certificates.issuer(registration, namespace, before?.certificate);
      if (operation !== "same") await this.permit();
      this.#record(registration, { certificate });
      return { ...made, operation };
    }
    const answer = await this.#certificates.answer(registration, { clusters, kept: before?.certificate, dryRun });
    if (!answer) return planned();
    scrubber.add(answer.secret.inputs);
    const { operation, changes } = await this.#kubernetes(answer.secret, tell);
    const resource = state.resources[urn];
    if (resource) resource.certificate = answer.kept;
    return { ...made, outputs: answer.outputs, operation, changes };
  }

  async #kubernetes(registration: Registration, tell: (what: string) => void): Promise<Made> {
    const { urn, inputs, timeouts } = registration;
    const { clusters, applySet, dryRun, state } = this.#options;
    const kept = keptOf(state, registration);
    if (dryRun && isPlanned(registration, clusters)) {
      this.#record(registration, { target: kept?.target });
      return { id: "", outputs: inputs, operation: kept && !kept.pending ? "update" : "create" };
    }
    const makesNamespace = (name: string) => {
      const space = this.#namespaces.get(name);
      return space !== undefined && !this.#failed.has(space);
    };
    const { cluster, target, object, changes, applied, ...made } = await put(registration, {
      clusters,
      applySet,
      dryRun,
      kept,
      mustReplace: this.#mustReplace(registration, kept),
      permit: async () => void (await this.permit()),
      makesNamespace,
      tell,
    });
    const patch = isPatch(registration);
    if (!patch) this.#hold(keyOf(cluster, target), urn);
    const moved = await this.#moveAway(registration, kept, keyOf(cluster, target), tell);
    const operation = moved ? "replace" : made.operation;
    this.#record(registration, { target, applied });
    if (object.kind === "CustomResourceDefinition" && !dryRun) expectKinds(cluster, object);
    const done = { id: idOf(object), operation, changes };
    if (dryRun) return { ...done, outputs: outputsOf(operation === "create" ? planned(object) : object, inputs) };
    if (patch || !hasReadiness(object)) return { ...done, outputs: outputsOf(object, inputs) };
    const asked =
      (operation === "create" || operation === "replace" ? timeouts.create : timeouts.update) ??
      annotatedTimeout(object.metadata.annotations);
    const patience = { seconds: asked ?? timeoutOf(object), tell, unchanged: operation === "same" };
    const ready = await awaitReady(cluster, object, patience);
    if (ready.kind === "CustomResourceDefinition") cluster.forgetKinds();
    return { ...done, outputs: outputsOf(ready, inputs) };
  }

  /**
   * An object at another address than before is another object: the former one goes with what is pruned, or at once where
   * the resource says so. `key` is the new address. True where there was a former one.
   */
  async #moveAway(
    { urn, protect, deleteBeforeReplace }: Registration,
    kept: ResourceState | undefined,
    key: string,
    tell: (what: string) => void,
  ): Promise<boolean> {
    if (!kept?.target || kept.pending || isPatchState(kept)) return false;
    const { clusters, state, dryRun } = this.#options;
    const former = clusters.of(kept.provider);
    if (keyOf(former, kept.target) === key) return false;
    if (protect || kept.protect)
      throw new Error(`it takes the place of ${label(kept.target)}, which is protected: take protect away first`);
    if (deleteBeforeReplace && !dryRun && !kept.retainOnDelete)
      await deleteObject(former, kept.target, kept.deleteTimeout, tell);
    else state.resources[`${urn}::replaced`] = { ...kept };
    return true;
  }

  #hold(key: string, urn: string): void {
    const other = this.objects.get(key);
    if (other) throw new Error(`it is the same object as that of ${other}: register it once`);
    this.objects.set(key, urn);
  }

  #record(registration: Registration, more: Partial<ResourceState>): ResourceState {
    this.made.add(registration.urn);
    const { state } = this.#options;
    for (const alias of registration.aliases) if (alias !== registration.urn) delete state.resources[alias];
    const resource = stateOf(registration, more);
    state.resources[registration.urn] = resource;
    return resource;
  }

  /** Leaves a resource as an earlier run made it. */
  keep(registration: Registration): void {
    const { state } = this.#options;
    const kept = keptOf(state, registration);
    // What was not replaced is to be replaced still.
    if (kept) this.#record(registration, kept).trigger = kept.trigger;
    else this.made.add(registration.urn);
  }
}

function expectKinds(cluster: Cluster, definition: KubeObject): void {
  const { group, names, versions } = definition.spec as {
    group: string;
    names: { kind: string };
    versions: { name: string }[];
  };
  for (const { name } of versions) cluster.expectKinds.add(`${group}/${name}/${names.kind}`);
}

/** A dry run invents these for a new object: the real ones will be others. */
function planned({ status: _, metadata, ...object }: KubeObject): KubeObject {
  const invented = new Set(["uid", "resourceVersion", "creationTimestamp", "generation"]);
  const kept = Object.entries(metadata).filter(([name]) => !invented.has(name));
  return { ...object, metadata: Object.fromEntries(kept) } as KubeObject;
}
