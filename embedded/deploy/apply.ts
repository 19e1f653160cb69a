// Makes what a program asks for, while the program runs.
import type { DeployEvent, Operation, ResourceEvent, Summary } from "./events.ts";
import { ApiError, Cluster, type KubeObject, label, type Target, targetOf } from "./kubernetes/cluster.ts";
import { type Change, changes } from "./kubernetes/diff.ts";
import { idOf, isPatch, manifestOf, outputsOf } from "./kubernetes/manifest.ts";
import { awaitReady, hasReadiness, readiness } from "./kubernetes/ready.ts";
import type { Engine, Registered } from "./program.ts";
import { isRandom, makeRandom, randomOutputs } from "./random.ts";
import { isKubernetes, isProvider, keptOf, type Recording } from "./recording.ts";
import type { Registration } from "./registration.ts";
import { partOf, type ResourceState, type State } from "./state.ts";
import { isProperties, type Properties, reveal, Secret, type Value } from "./values.ts";

/** The one field manager of everything that is applied. */
export const manager = "agentic-deploy";

/** Seconds that an object may take to be ready where neither the program nor an annotation says otherwise. */
const defaultTimeout = 600;

/** One run that changes the cluster, or with `dryRun` only asks it what would change. */
export class Run implements Engine {
  readonly summary: Summary = {
    created: 0,
    updated: 0,
    replaced: 0,
    unchanged: 0,
    deleted: 0,
    failures: [],
    outputs: {},
    secretOutputs: [],
  };
  readonly #clusters = new Map<string, Cluster>();
  readonly #namespaces = new Map<string, string>();
  readonly #live = new Map<string, Promise<Map<string, KubeObject>>>();
  readonly #failures = new Map<string, string>();
  /** URNs that could not be made, with what stands behind that. */
  readonly #failed = new Map<string, string>();
  readonly #waiting = new Map<string, string[]>();
  readonly #made = new Set<string>();
  readonly #options: RunOptions;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async register(registration: Registration): Promise<Registered> {
    const { urn, type, custom } = registration;
    const started = performance.now();
    const blocked = this.#blockedBy(registration);
    const event = (state: ResourceEvent["state"], more: Partial<ResourceEvent> = {}) =>
      this.#options.on({
        kind: "resource",
        urn,
        type,
        name: registration.name,
        label: labelOf(registration),
        ms: performance.now() - started,
        state,
        ...more,
      });
    if (blocked) {
      this.#failed.set(urn, blocked);
      this.#waiting.set(blocked, [...(this.#waiting.get(blocked) ?? []), labelOf(registration)]);
      if (custom) event("skipped", { message: `waits for ${labelOfUrn(blocked)}, which failed` });
      // What has been made before stays: skipped is not removed.
      this.#keep(registration);
      return { id: "", outputs: {}, failed: true };
    }
    if (!custom) return { id: "", outputs: {} };
    try {
      if (isProvider(type)) return this.#provider(registration);
      event("start");
      const { operation, ...made } = isRandom(type)
        ? this.#random(registration)
        : await this.#kubernetes(registration, (message) => event("waiting", { message }));
      this.#count(operation);
      event("done", { operation, changes: made.changes });
      return made;
    } catch (error) {
      const message = (error as Error).message;
      this.#failed.set(urn, urn);
      this.#keep(registration);
      event("failed", { message });
      this.#failures.set(urn, `${labelOf(registration)} (${urn}): ${message}`);
      return { id: "", outputs: {}, failed: true };
    }
  }

  async read(request: Parameters<Engine["read"]>[0]): Promise<Properties> {
    const { type, id, provider, inputs } = request;
    if (type === "pulumi:pulumi:StackReference") return await this.#stackReference(inputs);
    if (!isKubernetes(type)) throw new Error(`${type}: only kubernetes:* objects can be read by this deployer`);
    const [name = "", namespace] = id.split("/").reverse();
    const { apiVersion, kind } = kindOfType(type);
    const target = { apiVersion, kind, name, namespace: namespace ?? "default" };
    const live = await this.#cluster(provider).get(target);
    if (!live) throw new Error(`there is no ${label(target)} to read`);
    return outputsOf(live, inputs);
  }

  async invoke(token: string): Promise<Properties> {
    throw new Error(`${token}: functions of providers can't be called by this deployer`);
  }

  outputs(urn: string, outputs: Properties): void {
    if (urn.split("::")[2] !== "pulumi:pulumi:Stack") return;
    this.summary.secretOutputs = Object.keys(outputs).filter((name) => outputs[name] instanceof Secret);
    this.summary.outputs = reveal(outputs) as Record<string, unknown>;
  }

  log(severity: "info" | "warning" | "error", message: string, urn: string): void {
    this.#options.on({ kind: "log", severity, message, urn });
  }

  /** Whether anything could not be made. */
  get hasFailed(): boolean {
    return this.#failures.size > 0;
  }

  /** Deletes what the program no longer asks for, what depends on a thing before the thing. */
  async prune(): Promise<void> {
    const { state } = this.#options;
    const gone = Object.entries(state.resources).filter(([urn]) => !this.#made.has(urn));
    await this.remove(gone);
  }

  /** Deletes resources in the reverse order of their dependencies, independent ones side by side. */
  async remove(gone: [string, ResourceState][]): Promise<void> {
    const left = new Map(gone);
    const dependents = (urn: string) => [...left].filter(([, { dependencies }]) => dependencies.includes(urn));
    while (left.size > 0) {
      const free = [...left].filter(([urn]) => dependents(urn).length === 0);
      // Namespaces and definitions take everything in them along: they go when nothing else is left to go.
      const last = new Set(["Namespace", "CustomResourceDefinition"]);
      const first = free.filter(([, { target }]) => !last.has(target?.kind ?? ""));
      const only = [...left.values()].every(
        ({ target, type }) => last.has(target?.kind ?? "") || !target || isProvider(type),
      );
      const batch = first.some(([, { target }]) => target)
        ? first.filter(([, { target }]) => target)
        : only
          ? free
          : first;
      if (batch.length === 0) throw new Error("the state's dependencies run in a circle");
      await Promise.all(batch.map(async ([urn, resource]) => await this.#removeOne(urn, resource)));
      for (const [urn] of batch) left.delete(urn);
    }
  }

  /** Ends the run: failures in words, connections closed. */
  async finish(): Promise<Summary> {
    for (const [urn, text] of this.#failures) {
      const waiting = this.#waiting.get(urn);
      this.summary.failures.push(waiting ? `${text}\n    waiting for it: ${waiting.join(", ")}` : text);
    }
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.close()));
    return this.summary;
  }

  async #removeOne(urn: string, resource: ResourceState): Promise<void> {
    const { target, type, name } = resource;
    const started = performance.now();
    const event = (state: ResourceEvent["state"], more: Partial<ResourceEvent> = {}) =>
      this.#options.on({
        kind: "resource",
        urn,
        type,
        name,
        label: target ? label(target) : name,
        operation: "delete",
        ms: performance.now() - started,
        state,
        ...more,
      });
    const forget = () => {
      if (!this.#options.dryRun) delete this.#options.state.resources[urn];
    };
    if (!target || resource.retainOnDelete || isProvider(type)) return forget();
    if (resource.protect) {
      const message = "it is protected: take protect away, run once, and then remove it";
      event("failed", { message });
      this.#failures.set(urn, `${label(target)} (${urn}): ${message}`);
      return;
    }
    try {
      event("start");
      if (!this.#options.dryRun) await this.#delete(resource, target);
      forget();
      this.summary.deleted++;
      event("done");
    } catch (error) {
      const message = (error as Error).message;
      event("failed", { message });
      this.#failures.set(urn, `${label(target)} (${urn}): ${message}`);
    }
  }

  async #delete(resource: ResourceState, target: Target & { name: string }): Promise<void> {
    const cluster = this.#cluster(resource.provider);
    if (isPatch(resource.type)) {
      // An empty apply gives up the fields that this manager owns; the object is somebody else's.
      const { namespace, name, apiVersion, kind } = target;
      const live = await cluster.get(target);
      if (live)
        await cluster.apply(
          { apiVersion, kind, metadata: { name, namespace } },
          { manager: patchManager(resource.name), force: true },
        );
      return;
    }
    if (!(await cluster.delete(target).catch(ignoreUnknownKind))) return;
    let holders = "its grace period";
    for await (const now of cluster.watch(target, AbortSignal.timeout(defaultTimeout * 1000))) {
      if (!now) return;
      holders = (now.metadata.finalizers as string[] | undefined)?.join(", ") || holders;
    }
    throw new Error(`still there after ${defaultTimeout} s, held by ${holders}`);
  }

  #provider(registration: Registration): Registered {
    const { urn, type, name, inputs } = registration;
    const kept = keptOf(this.#options.state, registration);
    const id = name;
    if (type === "pulumi:providers:kubernetes") {
      const { kubeconfig, context, namespace } = reveal(inputs) as Record<string, string | undefined>;
      this.#namespaces.set(urn, namespace ?? "default");
      this.#clusters.set(urn, new Cluster(kubeconfig ?? "", context));
      // A kubeconfig's content is a credential and is not written down; a path is none.
      const path = kubeconfig && !kubeconfig.includes("\n") && !kubeconfig.startsWith("{") ? kubeconfig : undefined;
      this.#record(registration, { ...kept, connection: { kubeconfig: path, context } });
    } else this.#record(registration, {});
    return { id, outputs: inputs };
  }

  #random(registration: Registration): Made {
    const { urn, type, inputs } = registration;
    const kept = keptOf(this.#options.state, registration)?.random;
    // The recording has made the new values already: what was shown is what is made.
    const { state } = makeRandom(type, inputs, kept ?? this.#options.recording.random[urn]?.random);
    this.#record(registration, { random: state });
    return { ...randomOutputs(type, state), operation: kept === state ? "same" : kept ? "replace" : "create" };
  }

  async #kubernetes(registration: Registration, tell: (what: string) => void): Promise<Made> {
    const { type, inputs, provider, name } = registration;
    const cluster = this.#cluster(provider);
    const patch = isPatch(type);
    const wanted = manifestOf(inputs, undefined, patch ? {} : { [partOf]: this.#options.applySet });
    const known = await cluster.namespaced(wanted.apiVersion, wanted.kind);
    if (known === false) delete wanted.metadata.namespace;
    else if (known && !wanted.metadata.namespace)
      wanted.metadata.namespace = this.#namespaces.get(provider.split("::").slice(0, -1).join("::")) ?? "default";
    const target = targetOf(wanted);
    const live = await this.#liveObject(cluster, target);
    if (live) ignore(wanted, live, registration.ignoreChanges);
    const owned =
      live?.metadata.labels?.[partOf] === this.#options.applySet || keptOf(this.#options.state, registration);
    if (live && !patch && !owned && live.metadata.labels?.[partOf])
      throw new Error(`it belongs to another stack (${partOf}: ${live.metadata.labels[partOf]}): nothing was changed`);
    if (live && !patch && !owned)
      throw new Error("it exists already and is not this stack's: delete it, or register it as a …Patch resource");
    if (patch && !live && !this.#options.dryRun) await this.#appears(cluster, target, tell);
    const options = {
      manager: patch ? patchManager(name) : manager,
      force: !patch || wanted.metadata.annotations?.["pulumi.com/patchForce"] === "true",
    };
    const dry = this.#options.dryRun;
    const { object, replaced } = await this.#applyOrReplace(cluster, wanted, live, options, registration);
    this.#record(registration, { target });
    if (wanted.kind === "CustomResourceDefinition" && !dry) expect(cluster, wanted);
    const operation = operationOf(live, object, replaced, dry);
    const differs: Change[] | undefined = live && operation !== "same" ? changes(live, object) : undefined;
    const done = { id: idOf(object), operation, changes: differs };
    const seconds =
      Number(wanted.metadata.annotations?.["pulumi.com/timeoutSeconds"]) ||
      (live ? registration.timeouts.update : registration.timeouts.create) ||
      defaultTimeout;
    if (dry || patch || !hasReadiness(object) || readiness(object) === undefined)
      return { ...done, outputs: outputsOf(object, inputs) };
    const ready = await awaitReady(cluster, target, seconds, tell);
    if (ready.kind === "CustomResourceDefinition") cluster.forgetKinds();
    return { ...done, outputs: outputsOf(ready, inputs) };
  }

  async #applyOrReplace(
    cluster: Cluster,
    wanted: KubeObject,
    live: KubeObject | undefined,
    options: { manager: string; force: boolean },
    registration: Registration,
  ): Promise<{ object: KubeObject; replaced: boolean }> {
    const dryRun = this.#options.dryRun;
    const fresh = { object: wanted, replaced: false };
    try {
      return { object: await cluster.apply(wanted, { ...options, dryRun }), replaced: false };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // In a preview the namespace or the definition may be only planned: then the object is new, as it stands.
      if (dryRun && !live && error.code === 404) return fresh;
      if (!live || !isImmutable(error)) throw error;
      if (registration.protect) throw new Error(`it must be replaced (${error.message}) but is protected`);
      if (dryRun) return { object: wanted, replaced: true };
      await this.#delete({ type: "", name: "", provider: registration.provider, dependencies: [] }, targetOf(wanted));
      return { object: await cluster.apply(wanted, options), replaced: true };
    }
  }

  /** Waits for an object that somebody else makes, such as a namespace's default service account. */
  async #appears(cluster: Cluster, target: Target, tell: (what: string) => void): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    for await (const now of cluster.watch(target, signal)) {
      if (now) return;
      tell(`${label(target)} to appear`);
    }
    throw new Error(`there is no ${label(target)} to patch`);
  }

  /** Objects of the stack are read a kind at a time, when the first of the kind is asked for; others one by one. */
  async #liveObject(cluster: Cluster, target: Target & { name: string }): Promise<KubeObject | undefined> {
    const kind = `${cluster.server} ${target.apiVersion}/${target.kind}`;
    const expected = Object.values(this.#options.state.resources).some(
      (one) => one.target?.kind === target.kind && one.target.apiVersion === target.apiVersion,
    );
    if ((await cluster.namespaced(target.apiVersion, target.kind)) === undefined) return undefined;
    if (expected && !this.#live.has(kind))
      this.#live.set(
        kind,
        cluster
          .list({ apiVersion: target.apiVersion, kind: target.kind }, `${partOf}=${this.#options.applySet}`)
          .then((objects) => new Map(objects.map((object) => [label(targetOf(object)), object]))),
      );
    return (await this.#live.get(kind))?.get(label(target)) ?? (await cluster.get(target));
  }

  #cluster(provider: string): Cluster {
    const urn = provider.split("::").slice(0, -1).join("::");
    const found = this.#clusters.get(urn);
    if (found) return found;
    const connection = this.#options.state.resources[urn]?.connection;
    const cluster = new Cluster(connection?.kubeconfig ?? this.#options.kubeconfig ?? "", connection?.context);
    this.#clusters.set(urn, cluster);
    return cluster;
  }

  #blockedBy({ dependencies, parent, provider }: Registration): string | undefined {
    const urns = [...dependencies, parent, provider.split("::").slice(0, -1).join("::")];
    const urn = urns.find((one) => this.#failed.has(one));
    return urn && this.#failed.get(urn);
  }

  #record(registration: Registration, more: Partial<ResourceState>): void {
    const { urn, type, name, provider, dependencies, protect, retainOnDelete, aliases } = registration;
    this.#made.add(urn);
    const { state } = this.#options;
    for (const alias of aliases) if (alias !== urn) delete state.resources[alias];
    const kept: ResourceState = { type, name, provider, dependencies, ...more };
    if (protect) kept.protect = true;
    if (retainOnDelete) kept.retainOnDelete = true;
    state.resources[urn] = kept;
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

  async #stackReference(inputs: Properties): Promise<Properties> {
    const name = String(reveal(inputs.name ?? ""));
    const found = await this.#options.stack(name);
    return {
      name,
      outputs: new Secret(found.outputs as Value),
      secretOutputNames: found.secretOutputs,
    };
  }
}

/** What a run works with. */
export interface RunOptions {
  recording: Recording;
  /** Changed as the run goes. */
  state: State;
  applySet: string;
  dryRun: boolean;
  /** For the default provider. */
  kubeconfig?: string;
  /** The state of another stack, for StackReference. */
  stack: (name: string) => Promise<State>;
  on: (event: DeployEvent) => void;
}

type Made = Registered & { operation: Operation; changes?: Change[] };

function operationOf(live: KubeObject | undefined, now: KubeObject, replaced: boolean, dry: boolean): Operation {
  if (replaced) return "replace";
  if (!live) return "create";
  const same = dry
    ? changes(live, now).length === 0
    : live.metadata.resourceVersion === now.metadata.resourceVersion || changes(live, now).length === 0;
  return same ? "same" : "update";
}

/** Gives the ignored fields their live values. */
function ignore(wanted: KubeObject, live: KubeObject, paths: string[]): void {
  for (const path of paths) {
    const names = path.split(/\.|\[|\]/).filter(Boolean);
    const last = names.pop();
    if (!last) continue;
    const walk = (object: unknown) =>
      names.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object) as
        | Record<string, unknown>
        | undefined;
    const from = walk(live);
    const to = walk(wanted);
    if (to && from && last in from) to[last] = from[last];
  }
}

function isImmutable(error: ApiError): boolean {
  return (
    error.code === 422 &&
    /immutable|may not be changed|may not change|updates to statefulset spec|cannot change roleRef|not be changed/i.test(
      `${error.message} ${error.status.message}`,
    )
  );
}

/** A kind whose definition is gone has no objects left. */
function ignoreUnknownKind(error: Error): boolean {
  if (error instanceof ApiError && error.code === 404) return false;
  throw error;
}

function expect(cluster: Cluster, definition: KubeObject): void {
  const { group, names, versions } = definition.spec as {
    group: string;
    names: { kind: string };
    versions: { name: string }[];
  };
  for (const { name } of versions) cluster.expectKinds.add(`${group}/${name}/${names.kind}`);
}

/** `kubernetes:apps/v1:Deployment` → apps/v1, Deployment. */
function kindOfType(type: string): { apiVersion: string; kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  return { apiVersion: module.replace(/^core\//, ""), kind: kind.replace(/Patch$/, "") };
}

function patchManager(name: string): string {
  return `${manager}-patch-${name}`.slice(0, 128);
}

function labelOf({ inputs, type, name, custom }: Registration): string {
  const metadata = inputs.metadata;
  if (!custom || !isKubernetes(type) || !isProperties(metadata)) return `${type} ${name}`;
  const namespace = typeof metadata.namespace === "string" ? metadata.namespace : undefined;
  return label({
    apiVersion: "",
    kind: String(inputs.kind),
    namespace,
    name: typeof metadata.name === "string" ? metadata.name : name,
  });
}

function labelOfUrn(urn: string): string {
  const [, , type, name] = urn.split("::");
  return `${type?.split("$").pop()} ${name}`;
}
