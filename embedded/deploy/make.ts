// Makes a resource: an object of a cluster, a random value, an issuer or a certificate.
import { isIssuer } from "./cert-manager.ts";
import { isCertManager } from "./cert-manager-types.ts";
import { Certificates } from "./certificates.ts";
import type { Clusters } from "./clusters.ts";
import type { Registered } from "./engine.ts";
import type { Operation } from "./events.ts";
import { type Grounds, groundsOf } from "./grounds.ts";
import { isTriggered, keptOf, keyOfFormer, stateOf, takenBy } from "./kept.ts";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import type { Cluster, KubeObject } from "./kubernetes/cluster.ts";
import type { Change } from "./kubernetes/diff.ts";
import { idOf, outputsOf } from "./kubernetes/manifest.ts";
import { hasReadiness, timeoutOf } from "./kubernetes/readiness.ts";
import { awaitReady } from "./kubernetes/ready.ts";
import { labelOfUrn } from "./labels.ts";
import { Places } from "./places.ts";
import { isPlanned, type Putting, put } from "./put.ts";
import { isRandom, makeRandom, randomOutputs } from "./random.ts";
import type { Recording } from "./recording.ts";
import { isPatch, type Registration } from "./registration.ts";
import type { ResourceState, State } from "./remembered.ts";
import type { Scrubber } from "./scrub.ts";
import { reveal } from "./values.ts";

/** What making works with. */
export interface MakerOptions {
  /** Is asked before anything is changed; gives the whole program's recording, or rejects where the program is not sound. */
  permit: () => Promise<Recording>;
  /** Sees to it that the state that is kept knows what a resource is about to make. */
  about: (registration: Registration, made: Pick<ResourceState, "target" | "manager">) => Promise<void>;
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

/** Seconds that a definition may take which objects of its kind wait for. */
const definitionSeconds = 300;

type Made = Registered & { operation: Operation; changes?: Change[] };

/** Makes the resources of one run, each when it is asked to, and remembers them in the state. */
export class Maker {
  /** URNs of what is made, or stays as it was. */
  readonly made = new Set<string>();
  /** URNs of what this run has replaced. */
  readonly #replaced = new Set<string>();
  /** What of the clusters is whose in this run. */
  readonly #places: Places;
  /** What the program makes that others are made in or by, once it is recorded. */
  #grounds: Grounds = groundsOf([]);
  /** URNs of what this run has made, ready. */
  readonly #ready = new Set<string>();
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
    this.#places = new Places(options, this.#before);
  }

  /** Keys (`heldKey`) of what this run has put. */
  get held(): ReadonlySet<string> {
    return this.#places.held;
  }

  /** Waits until things may be changed. */
  async permit(): Promise<Recording | undefined> {
    if (this.#options.dryRun) return undefined;
    const recording = await this.#options.permit().catch((error: Error) => {
      throw new NotPermitted(error.message);
    });
    this.#grounds = groundsOf(recording.registrations);
    return recording;
  }

  /** Waits for the definition of a kind, where the program makes one: it needn't say that its objects depend on it. */
  async #kindComes(cluster: Cluster, kind: Pick<KubeObject, "apiVersion" | "kind">, tell: (what: string) => void) {
    const urn = this.#grounds.definitionOf(kind);
    if (urn === undefined) return;
    const end = performance.now() + definitionSeconds * 1000;
    const isAwaited = () => !this.#ready.has(urn) && !this.#failed.has(urn) && performance.now() < end;
    if (isAwaited()) tell(`the definition of ${kind.kind}`);
    for (; isAwaited(); cluster.stop?.throwIfAborted()) await new Promise((resolve) => setTimeout(resolve, 100));
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
    this.#ready.add(registration.urn);
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
      const space = this.#grounds.namespaces.get(name);
      return space !== undefined && !this.#failed.has(space);
    };
    const patch = isPatch(registration);
    const places = this.#places;
    let moved = false;
    const putting: Putting = {
      clusters,
      applySet,
      dryRun,
      kept,
      mustReplace: this.#mustReplace(registration, kept),
      permit: async () => void (await this.permit()),
      claim: (cluster, place) => {
        moved = places.claim(registration, kept, { cluster, ...place });
        return moved;
      },
      about: async (place) => {
        if (dryRun) return;
        await this.#options.about(registration, place);
        if (moved && registration.deleteBeforeReplace) await places.deleteFormer(kept, tell);
      },
      handOver: (live, cluster, manager) => places.handOver(live, { cluster, manager, kept: moved ? undefined : kept }),
      makesNamespace,
      kindComes: (there, kind) => this.#kindComes(there, kind, tell),
      tell,
    };
    const { cluster, target, manager, object, changes, applied, ...made } = await put(registration, putting).catch(
      async (error: Error) => {
        if (!dryRun) await places.forgetUnmade(registration, error);
        throw error;
      },
    );
    const operation = moved && !kept?.pending && !patch ? "replace" : made.operation;
    if (moved && kept) state.resources[keyOfFormer(urn, kept)] = kept;
    this.#record(registration, { target, applied, ...(manager ? { manager } : {}) });
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

  #record(registration: Registration, more: Partial<ResourceState>): ResourceState {
    this.made.add(registration.urn);
    const { state } = this.#options;
    for (const alias of takenBy(state, registration)) delete state.resources[alias];
    const resource = stateOf(registration, more);
    state.resources[registration.urn] = resource;
    // It stood beside the former one until now.
    delete state.resources[keyOfFormer(registration.urn, resource)];
    return resource;
  }

  /** Leaves a resource as an earlier run made it: of which type, by which name and provider, is the object's own. */
  keep(registration: Registration): void {
    this.made.add(registration.urn);
    const { state } = this.#options;
    const kept = keptOf(state, registration);
    if (!kept) return;
    // What was not replaced is to be replaced still.
    const { type, name, provider, trigger } = kept;
    for (const alias of takenBy(state, registration)) delete state.resources[alias];
    state.resources[registration.urn] = { ...stateOf(registration, kept), type, name, provider, trigger };
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
