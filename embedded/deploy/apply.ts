// Makes what a program asks for, while the program runs.
import { isCertManager, isIssuer } from "./cert-manager.ts";
import { Certificates } from "./certificates.ts";
import type { Clusters } from "./clusters.ts";
import type { DeployEvent, Operation, ResourceEvent, Summary } from "./events.ts";
import { keptOf, stateOf } from "./kept.ts";
import { type Cluster, type KubeObject, label } from "./kubernetes/cluster.ts";
import type { Change } from "./kubernetes/diff.ts";
import { idOf, isPatch, outputsOf } from "./kubernetes/manifest.ts";
import { awaitReady, hasReadiness, readiness } from "./kubernetes/ready.ts";
import { labelOf, labelOfUrn } from "./labels.ts";
import type { Engine, Registered } from "./program.ts";
import { isPlanned, put } from "./put.ts";
import { isRandom, makeRandom, randomOutputs } from "./random.ts";
import { isProvider, type Recording, whyNot } from "./recording.ts";
import type { Registration } from "./registration.ts";
import { deleteObject, keyOf, remove } from "./remove.ts";
import type { Scrubber } from "./scrub.ts";
import type { ResourceState, State } from "./state.ts";
import { type Properties, redact, reveal, Secret, type SecretPath, secretPaths, some, type Value } from "./values.ts";

/** Seconds that an object may take to be ready where neither the program nor an annotation says otherwise. */
const defaultTimeout = 600;

/** What a run works with. */
export interface RunOptions {
  /** Is asked before anything is changed; gives the whole program's recording, or rejects where the program is not sound. */
  permit: () => Promise<Recording>;
  /** Changed as the run goes. */
  state: State;
  clusters: Clusters;
  applySet: string;
  dryRun: boolean;
  /** Takes secrets out of what is said. */
  scrubber: Scrubber;
  read: Engine["read"];
  on: (event: DeployEvent) => void;
}

/** The program as a whole may not be applied: its recording has failed, and says why. */
class NotPermitted extends Error {}

type Made = Registered & { operation: Operation; changes?: Change[] };

/** One run that changes the cluster, or with `dryRun` only asks it what would change. */
export class Run implements Engine {
  readonly summary: Summary = {
    created: 0,
    updated: 0,
    replaced: 0,
    unchanged: 0,
    deleted: 0,
    failed: 0,
    failures: [],
    outputs: {},
    secretOutputs: [],
  };
  /** The stack's outputs, secrets in clear. */
  revealed: Record<string, unknown> = {};
  /** Where the secrets among them are. */
  secretPaths: SecretPath[] = [];
  /** URN → why, in a sentence. */
  readonly #failures = new Map<string, string>();
  /** URNs that could not be made, with the one that stands behind that. */
  readonly #failed = new Map<string, string>();
  /** Labels of what waits for a failed URN. */
  readonly #waiting = new Map<string, string[]>();
  readonly #made = new Set<string>();
  /** Objects that this run has put, by `keyOf`, with their resources. */
  readonly #objects = new Map<string, string>();
  /** Resources that this deployer can't make, met in a dry run. */
  readonly refused: string[] = [];
  /** Names of the namespaces that the program makes, once it is recorded. */
  #namespaces: ReadonlySet<string> = new Set();
  readonly #options: RunOptions;
  /** What earlier runs left: this one's plan adds to the state before anything is made. */
  readonly #before: State;
  readonly #certificates = new Certificates();

  constructor(options: RunOptions) {
    this.#options = options;
    this.#before = { ...options.state, resources: { ...options.state.resources } };
  }

  /** Waits until things may be changed. */
  async #permit(): Promise<Recording | undefined> {
    if (this.#options.dryRun) return undefined;
    const recording = await this.#options.permit().catch((error: Error) => {
      throw new NotPermitted(error.message);
    });
    const spaces = recording.registrations.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
    this.#namespaces = new Set(
      spaces.map(({ inputs }) => String((reveal(inputs) as { metadata?: { name?: string } }).metadata?.name)),
    );
    return recording;
  }

  async register(registration: Registration): Promise<Registered> {
    const { urn, type, custom, name } = registration;
    const started = performance.now();
    const event = (state: ResourceEvent["state"], more: Partial<ResourceEvent> = {}) => {
      const ms = performance.now() - started;
      this.#options.on({ kind: "resource", urn, type, name, label: labelOf(registration), ms, state, ...more });
    };
    const blocked = this.#blockedBy(registration);
    if (blocked) {
      this.#failed.set(urn, blocked);
      this.#waiting.set(blocked, [...(this.#waiting.get(blocked) ?? []), labelOf(registration)]);
      if (custom) event("skipped", { message: `waits for ${labelOfUrn(blocked)}, which failed` });
      // What has been made before stays: skipped is not removed.
      this.#keep(registration);
      return { id: "", outputs: {}, failed: true };
    }
    if (!custom) return { id: "", outputs: {} };
    this.#options.scrubber.add(registration.inputs);
    try {
      const why = whyNot(registration);
      if (why) {
        // Outside a dry run the recording says it, with all others.
        await this.#permit();
        this.refused.push(`${type} '${name}': ${why}`);
        return { id: "", outputs: {}, failed: true };
      }
      if (isProvider(type)) return this.#provider(registration);
      event("start");
      const tell = (message: string) => event("waiting", { message });
      const { operation, ...made } = isRandom(type)
        ? await this.#random(registration)
        : isCertManager(type)
          ? await this.#certificate(registration, tell)
          : await this.#kubernetes(registration, tell);
      this.#count(operation);
      for (const name of registration.secretOutputs) {
        // The SDK takes one wrapping off: a secret in a secret would reach the program still wrapped.
        const value = made.outputs[name];
        if (value !== undefined && !(value instanceof Secret)) made.outputs[name] = new Secret(value);
      }
      event("done", { operation, changes: made.changes });
      return made;
    } catch (error) {
      if (error instanceof NotPermitted) throw error;
      const message = (error as Error).message;
      this.#failed.set(urn, urn);
      this.#keep(registration);
      event("failed", { message });
      this.#failures.set(urn, `${labelOf(registration)} (${urn}): ${message}`);
      return { id: "", outputs: {}, failed: true };
    }
  }

  read(request: Parameters<Engine["read"]>[0]): Promise<Properties> {
    return this.#options.read(request);
  }

  outputs(urn: string, outputs: Properties): void {
    if (urn.split("::")[2] !== "pulumi:pulumi:Stack") return;
    this.#options.scrubber.add(outputs);
    const isSecret = (value: Value) => value instanceof Secret;
    this.summary.secretOutputs = Object.keys(outputs).filter((name) => some(outputs[name] ?? null, isSecret));
    this.summary.outputs = redact(outputs) as Record<string, unknown>;
    this.revealed = reveal(outputs) as Record<string, unknown>;
    this.secretPaths = secretPaths(outputs);
  }

  log(severity: "info" | "warning" | "error", message: string, urn: string): void {
    this.#options.on({ kind: "log", severity, message, urn });
  }

  /** Takes the program's own end in: what it had asked for before stands. */
  fail(message: string): void {
    this.#failures.set("", message);
  }

  /** Whether anything could not be made. */
  get hasFailed(): boolean {
    return this.#failures.size > 0;
  }

  /** Deletes what the program no longer asks for. */
  async prune(): Promise<void> {
    await this.remove(Object.entries(this.#options.state.resources).filter(([urn]) => !this.#made.has(urn)));
  }

  /** Deletes resources of the state. */
  async remove(gone: [string, ResourceState][]): Promise<void> {
    this.summary.deleted += await remove(gone, {
      ...this.#options,
      held: new Set(this.#objects.keys()),
      failed: (urn, text) => this.#failures.set(urn, text),
    });
  }

  /** Ends the run: failures in words, plans that came to nothing forgotten. */
  finish(): Summary {
    for (const [urn, text] of this.#failures) {
      const waiting = this.#waiting.get(urn);
      const words = waiting ? `${text}\n    waiting for it: ${waiting.join(", ")}` : text;
      this.summary.failures.push(this.#options.scrubber.clean(words));
    }
    this.summary.failed = this.#failures.size;
    const { resources } = this.#options.state;
    for (const [urn, { pending }] of Object.entries(resources))
      if (pending && this.#made.has(urn)) delete resources[urn];
    return this.summary;
  }

  #provider(registration: Registration): Registered {
    const { type, name, inputs } = registration;
    const isCluster = type === "pulumi:providers:kubernetes";
    this.#record(registration, isCluster ? { connection: this.#options.clusters.use(registration) } : {});
    return { id: name, outputs: inputs };
  }

  async #random(registration: Registration): Promise<Made> {
    const { urn, type, inputs } = registration;
    const kept = keptOf(this.#before, registration)?.random;
    const made = makeRandom(type, inputs, kept);
    // The recording has made the new values already, and they are safe in the state.
    const recorded = made.isNew ? (await this.#permit())?.random[urn]?.resource.random : undefined;
    const random = recorded ?? made.state;
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
      if (operation !== "same") await this.#permit();
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
    const { urn, type, inputs, timeouts } = registration;
    const { clusters, applySet, dryRun, state } = this.#options;
    const kept = keptOf(state, registration);
    if (dryRun && isPlanned(registration, clusters)) {
      this.#record(registration, { target: kept?.target });
      return { id: "", outputs: inputs, operation: kept && !kept.pending ? "update" : "create" };
    }
    const makesNamespace = (name: string) =>
      this.#namespaces.has(name) && ![...this.#failed.keys()].some((one) => one.endsWith(`:Namespace::${name}`));
    const { cluster, target, object, changes, applied, ...made } = await put(registration, {
      clusters,
      applySet,
      dryRun,
      kept,
      permit: async () => void (await this.#permit()),
      makesNamespace,
      tell,
    });
    const patch = isPatch(type);
    if (!patch) this.#hold(keyOf(cluster, target), urn);
    const moved = await this.#moveAway(registration, kept, keyOf(cluster, target), tell);
    const operation = moved ? "replace" : made.operation;
    this.#record(registration, { target, applied });
    if (object.kind === "CustomResourceDefinition" && !dryRun) expectKinds(cluster, object);
    const done = { id: idOf(object), operation, changes };
    if (dryRun) return { ...done, outputs: outputsOf(operation === "create" ? planned(object) : object, inputs) };
    if (patch || !hasReadiness(object) || (await readiness(object, cluster)) === undefined)
      return { ...done, outputs: outputsOf(object, inputs) };
    const seconds =
      Number(object.metadata.annotations?.["pulumi.com/timeoutSeconds"]) ||
      (operation === "create" ? timeouts.create : timeouts.update) ||
      defaultTimeout;
    const ready = await awaitReady(cluster, target, seconds, tell);
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
    if (!kept?.target || kept.pending || isPatch(kept.type)) return false;
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
    const other = this.#objects.get(key);
    if (other) throw new Error(`it is the same object as that of ${other}: register it once`);
    this.#objects.set(key, urn);
  }

  #blockedBy({ dependencies, parent, provider }: Registration): string | undefined {
    const urns = [...dependencies, parent, provider.split("::").slice(0, -1).join("::")];
    const urn = urns.find((one) => this.#failed.has(one));
    return urn && this.#failed.get(urn);
  }

  #record(registration: Registration, more: Partial<ResourceState>): void {
    this.#made.add(registration.urn);
    const { state } = this.#options;
    for (const alias of registration.aliases) if (alias !== registration.urn) delete state.resources[alias];
    state.resources[registration.urn] = stateOf(registration, more);
  }

  #keep(registration: Registration): void {
    const kept = keptOf(this.#options.state, registration);
    if (kept) this.#record(registration, kept);
    else this.#made.add(registration.urn);
  }

  #count(operation: Operation): void {
    const { summary } = this;
    if (operation === "create") summary.created++;
    else if (operation === "update") summary.updated++;
    else if (operation === "replace") summary.replaced++;
    else if (operation === "same") summary.unchanged++;
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
