// Makes a resource: an object of a cluster, a random value, an issuer or a certificate.
import { isIssuer } from "./cert-manager.ts";
import { isCertManager } from "./cert-manager-types.ts";
import { Certificates } from "./certificates.ts";
import type { Clusters } from "./clusters.ts";
import type { Registered } from "./engine.ts";
import type { Operation } from "./events.ts";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import type { Cluster, KubeObject } from "./kubernetes/cluster.ts";
import type { Change } from "./kubernetes/diff.ts";
import { idOf, outputsOf } from "./kubernetes/manifest.ts";
import { hasReadiness, timeoutOf } from "./kubernetes/readiness.ts";
import { awaitReady } from "./kubernetes/ready.ts";
import { labelOfUrn } from "./labels.ts";
import { Places } from "./places.ts";
import { type Prerequisites, prerequisitesOf } from "./prerequisites.ts";
import { isPlanned, type PutOptions, put } from "./put.ts";
import { isRandom, makeRandom, randomOutputs } from "./random.ts";
import type { Recording } from "./recording.ts";
import { isPatch, type Registration } from "./registration.ts";
import type { Scrubber } from "./scrub.ts";
import { isTriggered, keyOfFormer, previousOf, stateOf, takenBy } from "./state-entries.ts";
import type { ResourceState, State } from "./state-types.ts";
import { reveal } from "./values.ts";

/** The inputs of a Maker. */
export interface MakerOptions {
  /** Called before the first change; returns the recording of the whole program, or rejects where the program is wrong. */
  permit: () => Promise<Recording>;
  /** Saves to the state which object a resource is about to make. */
  recordIntent: (registration: Registration, object: Pick<ResourceState, "target" | "manager">) => Promise<void>;
  /** Changed in place during the run. */
  state: State;
  clusters: Clusters;
  applySet: string;
  dryRun: boolean;
  /** Removes secrets from messages. */
  scrubber: Scrubber;
}

/** The program may not be applied because its recording has failed; the message says why. */
export class NotPermitted extends Error {}

/** Seconds that objects wait for the definition of their kind. */
const definitionSeconds = 300;

type MakeResult = Registered & { operation: Operation; changes?: Change[] };

/** Makes the resources of one run, each as it is registered, and records them in the state. */
export class Maker {
  /** URNs of resources that are made, or stay as they were. */
  readonly made = new Set<string>();
  /** URNs of resources that this run has replaced. */
  readonly #replaced = new Set<string>();
  /** Which resource owns which object in this run. */
  readonly #places: Places;
  /** Namespaces and definitions that the program makes; empty until it is recorded. */
  #prerequisites: Prerequisites = prerequisitesOf([]);
  /** The program that they are read from. */
  #recording: Recording | undefined;
  /** URNs of resources that this run has made and that are ready. */
  readonly #ready = new Set<string>();
  /** The state as earlier runs left it: the plan of this run adds to `state` before anything is made. */
  readonly #before: State;
  readonly #certificates = new Certificates();
  readonly #options: MakerOptions;
  readonly #failed: ReadonlyMap<string, string>;

  /** `failed` has the URNs that could not be made; the run adds to it. */
  constructor(options: MakerOptions, failed: ReadonlyMap<string, string>) {
    this.#options = options;
    this.#failed = failed;
    this.#before = { ...options.state, resources: { ...options.state.resources } };
    this.#places = new Places(options, this.#before);
  }

  /** Keys (`heldKey`) of the objects that this run has put. */
  get held(): ReadonlySet<string> {
    return this.#places.held;
  }

  /** Waits until changes are allowed. */
  async permit(): Promise<Recording | undefined> {
    if (this.#options.dryRun) return undefined;
    const recording = await this.#options.permit().catch((error: Error) => {
      throw new NotPermitted(error.message);
    });
    // Each resource asks, and what all of them say takes longer to read than one takes to make.
    if (recording !== this.#recording) this.#prerequisites = prerequisitesOf(recording.registrations);
    this.#recording = recording;
    return recording;
  }

  /** Waits for the definition of a kind, where the program makes one: its objects need no explicit dependency on it. */
  async #awaitDefinition(
    cluster: Cluster,
    kind: Pick<KubeObject, "apiVersion" | "kind">,
    onWait: (what: string) => void,
  ) {
    const urn = this.#prerequisites.definitionOf(kind);
    if (urn === undefined) return;
    const end = performance.now() + definitionSeconds * 1000;
    const isAwaited = () => !this.#ready.has(urn) && !this.#failed.has(urn) && performance.now() < end;
    if (isAwaited()) onWait(`the definition of ${kind.kind}`);
    for (; isAwaited(); cluster.stop?.throwIfAborted()) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** Records a provider resource. */
  provider(registration: Registration): Registered {
    const { type, name, inputs } = registration;
    const isCluster = type === "pulumi:providers:kubernetes";
    this.#record(registration, isCluster ? { connection: this.#options.clusters.use(registration) } : {});
    return { id: name, outputs: inputs };
  }

  /** Makes a resource that is neither a component nor a provider. `onWait` is called with each new reason to wait. */
  async make(registration: Registration, onWait: (what: string) => void): Promise<MakeResult> {
    const result = isRandom(registration.type)
      ? await this.#random(registration)
      : isCertManager(registration.type)
        ? await this.#certificate(registration, onWait)
        : await this.#kubernetes(registration, onWait);
    if (result.operation === "replace") this.#replaced.add(registration.urn);
    this.#ready.add(registration.urn);
    return result;
  }

  /** Why the object of the previous run must be replaced, whatever its present state; undefined where it need not. */
  #mustReplace(registration: Registration, previous: ResourceState | undefined): string | undefined {
    if (isTriggered(registration, previous)) return "its replacementTrigger changes";
    const { replaceWith, deletedWith } = registration;
    const other = [...replaceWith, deletedWith].find((urn) => this.#replaced.has(urn));
    return other && `${labelOfUrn(other)} is replaced`;
  }

  async #random(registration: Registration): Promise<MakeResult> {
    const { urn, type, inputs } = registration;
    const before = previousOf(this.#before, registration);
    const previous = before?.random;
    const result = makeRandom(type, inputs, this.#mustReplace(registration, before) ? undefined : previous);
    // The recording has made the new value already, and saved it to the state.
    const recorded = result.isNew ? (await this.permit())?.random[urn] : undefined;
    const random = (recorded?.operation === "same" ? undefined : recorded?.resource.random) ?? result.state;
    this.#record(registration, { random });
    const operation = result.isNew ? (previous ? "replace" : "create") : "same";
    return { ...randomOutputs(type, random), operation };
  }

  /** Records an issuer, or makes the Secret that cert-manager would make for a certificate. */
  async #certificate(registration: Registration, onWait: (what: string) => void): Promise<MakeResult> {
    const { urn, inputs, provider } = registration;
    const { clusters, state, dryRun, scrubber } = this.#options;
    const before = previousOf(state, registration);
    const planned = (): MakeResult => {
      this.#record(registration, { target: before?.target });
      return { id: "", outputs: inputs, operation: before && !before.pending ? "update" : "create" };
    };
    if (dryRun && isPlanned(registration, clusters)) return planned();
    const result = { id: idOf(reveal(inputs) as KubeObject), outputs: inputs };
    if (isIssuer(registration)) {
      const namespace = clusters.namespaceOf(provider);
      const [operation, certificate] = this.#certificates.issuer(registration, namespace, before?.certificate);
      if (operation !== "same") await this.permit();
      this.#record(registration, { certificate });
      return { ...result, operation };
    }
    const answer = await this.#certificates.answer(registration, { clusters, previous: before?.certificate, dryRun });
    if (!answer) return planned();
    scrubber.add(answer.secret.inputs);
    const { operation, changes } = await this.#kubernetes(answer.secret, onWait);
    const resource = state.resources[urn];
    if (resource) resource.certificate = answer.state;
    return { ...result, outputs: answer.outputs, operation, changes };
  }

  async #kubernetes(registration: Registration, onWait: (what: string) => void): Promise<MakeResult> {
    const { urn, inputs, timeouts } = registration;
    const { clusters, applySet, dryRun, state } = this.#options;
    const previous = previousOf(state, registration);
    if (dryRun && isPlanned(registration, clusters)) {
      this.#record(registration, { target: previous?.target });
      return { id: "", outputs: inputs, operation: previous && !previous.pending ? "update" : "create" };
    }
    const makesNamespace = (name: string) => {
      const namespaceUrn = this.#prerequisites.namespaces.get(name);
      return namespaceUrn !== undefined && !this.#failed.has(namespaceUrn);
    };
    const patch = isPatch(registration);
    const places = this.#places;
    let moved = false;
    const putOptions: PutOptions = {
      clusters,
      applySet,
      dryRun,
      previous,
      mustReplace: this.#mustReplace(registration, previous),
      permit: async () => void (await this.permit()),
      claim: (cluster, place) => {
        moved = places.claim(registration, previous, { cluster, ...place });
        return moved;
      },
      recordIntent: async (place) => {
        if (dryRun) return;
        await this.#options.recordIntent(registration, place);
        if (moved && registration.deleteBeforeReplace) await places.deleteFormer(previous, onWait);
      },
      handOver: (live, cluster, manager) =>
        places.handOver(live, { cluster, manager, previous: moved ? undefined : previous }),
      makesNamespace,
      awaitDefinition: (kindCluster, kind) => this.#awaitDefinition(kindCluster, kind, onWait),
      onWait,
    };
    const { cluster, target, manager, object, changes, applied, ...result } = await put(registration, putOptions).catch(
      async (error: Error) => {
        if (!dryRun) await places.forgetUnmade(registration, error);
        throw error;
      },
    );
    const operation = moved && !previous?.pending && !patch ? "replace" : result.operation;
    if (moved && previous) state.resources[keyOfFormer(urn, previous)] = previous;
    this.#record(registration, { target, applied, ...(manager ? { manager } : {}) });
    if (object.kind === "CustomResourceDefinition" && !dryRun) expectKinds(cluster, object);
    const done = { id: idOf(object), operation, changes };
    if (dryRun) return { ...done, outputs: outputsOf(operation === "create" ? planned(object) : object, inputs) };
    if (patch || !hasReadiness(object)) return { ...done, outputs: outputsOf(object, inputs) };
    const requestedSeconds =
      (operation === "create" || operation === "replace" ? timeouts.create : timeouts.update) ??
      annotatedTimeout(object.metadata.annotations);
    const waitOptions = { seconds: requestedSeconds ?? timeoutOf(object), onWait, unchanged: operation === "same" };
    const ready = await awaitReady(cluster, object, waitOptions);
    if (ready.kind === "CustomResourceDefinition") cluster.forgetKinds();
    return { ...done, outputs: outputsOf(ready, inputs) };
  }

  #record(registration: Registration, fields: Partial<ResourceState>): ResourceState {
    this.made.add(registration.urn);
    const { state } = this.#options;
    for (const alias of takenBy(state, registration)) delete state.resources[alias];
    const resource = stateOf(registration, fields);
    state.resources[registration.urn] = resource;
    // Until now the object was planned beside its former one.
    delete state.resources[keyOfFormer(registration.urn, resource)];
    return resource;
  }

  /** Keeps a resource as the previous run made it, with the type, name and provider that its object was made with. */
  keep(registration: Registration): void {
    this.made.add(registration.urn);
    const { state } = this.#options;
    const previous = previousOf(state, registration);
    if (!previous) return;
    // The former trigger stays, so that the next run still replaces the object.
    const { type, name, provider, trigger } = previous;
    for (const alias of takenBy(state, registration)) delete state.resources[alias];
    state.resources[registration.urn] = { ...stateOf(registration, previous), type, name, provider, trigger };
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

/** A new object of a dry run without the fields that the API server will set otherwise in a real one. */
function planned({ status: _, metadata, ...object }: KubeObject): KubeObject {
  const invented = new Set(["uid", "resourceVersion", "creationTimestamp", "generation"]);
  const entries = Object.entries(metadata).filter(([name]) => !invented.has(name));
  return { ...object, metadata: Object.fromEntries(entries) } as KubeObject;
}
