// One run of a stack: makes each resource that the running program registers, and counts what was created, changed or failed.
import type { Engine, Registered } from "./engine.ts";
import type { DeployEvent, Operation, ResourceEvent, Summary } from "./events.ts";
import { Stopped } from "./kubernetes/cluster.ts";
import { shownChanges } from "./kubernetes/diff.ts";
import { labelOf, labelOfUrn } from "./labels.ts";
import { Maker, type MakerOptions, NotPermitted } from "./make.ts";
import { isProvider, whyNot } from "./recording.ts";
import type { Registration } from "./registration.ts";
import { remove } from "./remove.ts";
import type { ResourceState } from "./state-types.ts";
import {
  type Properties,
  redact,
  reveal,
  Secret,
  type SecretPath,
  secretPaths,
  some,
  type Value,
  withSecrets,
} from "./values.ts";

/** The inputs of a run. */
export interface RunOptions extends MakerOptions {
  read: Engine["read"];
  on: (event: DeployEvent) => void;
}

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
  /** URNs that could not be made, each with the URN whose failure is the cause. */
  readonly #failed = new Map<string, string>();
  /** By failed URN: labels of the resources that are skipped because of it. */
  readonly #waiting = new Map<string, string[]>();
  /** Resources that this deployer can't make, met in a dry run. */
  readonly refused: string[] = [];
  readonly #options: RunOptions;
  readonly #maker: Maker;
  readonly #running = new Set<Promise<Registered>>();
  /** Labels of what was being made when the run was stopped. */
  readonly #underWay: string[] = [];
  #isStopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#maker = new Maker(options, this.#failed);
  }

  async register(registration: Registration): Promise<Registered> {
    const making = this.#register(registration);
    this.#running.add(making);
    return await making.finally(() => this.#running.delete(making));
  }

  /** Waits for the resources that are still being made: a program that ends early doesn't wait for them. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }

  async #register(registration: Registration): Promise<Registered> {
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
      // A skipped resource of an earlier run stays: skipping is not removing.
      this.#maker.keep(registration);
      return { id: "", outputs: {}, failed: true };
    }
    const refusal = whyNot(registration);
    if (refusal) {
      // Outside a dry run the recording reports this refusal together with all others.
      await this.#maker.permit();
      this.refused.push(`${type} '${name}': ${refusal}`);
      return { id: "", outputs: {}, failed: true };
    }
    if (!custom) return { id: "", outputs: {} };
    this.#options.scrubber.add(registration.inputs);
    try {
      if (isProvider(type)) return this.#maker.provider(registration);
      event("start");
      const { operation, ...outcome } = await this.#maker.make(registration, (message) =>
        event("waiting", { message }),
      );
      this.#count(operation);
      event("done", { operation, changes: shownChanges(outcome.changes, registration.hideDiffs) });
      return { ...outcome, outputs: withSecrets(outcome.outputs, registration.secretOutputs) };
    } catch (error) {
      if (error instanceof NotPermitted) throw error;
      if (error instanceof Stopped) {
        event("failed", { message: "the run was stopped" });
        this.#underWay.push(labelOf(registration));
        throw error;
      }
      const message = (error as Error).message;
      this.#failed.set(urn, urn);
      this.#maker.keep(registration);
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

  /** Records a failure of the run as a whole. What has been made so far stays. */
  fail(message: string): void {
    const before = this.#failures.get("");
    this.#failures.set("", before ? `${before}\n${message}` : message);
  }

  /** Records that the run was stopped early, if the signal says so. */
  stop({ aborted, reason }: AbortSignal): void {
    if (!aborted || this.#isStopped) return;
    this.#isStopped = true;
    const underWay = this.#underWay.length > 0 ? `; under way then: ${this.#underWay.join(", ")}` : "";
    this.fail(`${(reason as Error).message}${underWay}`);
  }

  /** Whether anything could not be made. */
  get hasFailed(): boolean {
    return this.#failures.size > 0;
  }

  /** Deletes what the program no longer asks for. */
  async prune(): Promise<void> {
    await this.remove(Object.entries(this.#options.state.resources).filter(([urn]) => !this.#maker.made.has(urn)));
  }

  /** Deletes resources of the state. */
  async remove(gone: [string, ResourceState][]): Promise<void> {
    const { deleted, updated } = await remove(gone, {
      ...this.#options,
      held: this.#maker.held,
      failed: (urn, text) => this.#failures.set(urn, text),
    });
    this.summary.deleted += deleted;
    this.summary.updated += updated;
  }

  /** Ends the run and adds its failures to the summary as text. */
  finish(): Summary {
    for (const [urn, text] of this.#failures) {
      const waiting = this.#waiting.get(urn);
      const described = waiting ? `${text}\n    waiting for it: ${waiting.join(", ")}` : text;
      this.summary.failures.push(this.#options.scrubber.clean(described));
    }
    this.summary.failed = this.#failures.size;
    return this.summary;
  }

  #blockedBy({ dependencies, parent, provider }: Registration): string | undefined {
    const urns = [...dependencies, parent, provider.split("::").slice(0, -1).join("::")];
    const urn = urns.find((candidate) => this.#failed.has(candidate));
    return urn && this.#failed.get(urn);
  }

  #count(operation: Operation): void {
    const { summary } = this;
    if (operation === "create") summary.created++;
    else if (operation === "update" || operation === "import") summary.updated++;
    else if (operation === "replace") summary.replaced++;
    else if (operation === "same") summary.unchanged++;
  }
}
