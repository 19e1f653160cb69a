// Sees to it that an object is in the kept state before it is made: a run that is cut off leaves nothing that nobody knows of.
import { intend, placeOf } from "./kept.ts";
import { urnOfProvider } from "./provider-urn.ts";
import type { Registration } from "./registration.ts";
import type { ResourceState, State } from "./remembered.ts";
import type { Store } from "./state.ts";

export class Journal {
  readonly #store: Store;
  readonly #state: State;
  /** What the state knew when it was last kept: objects, and how their clusters are reached. */
  #known: ReadonlySet<string>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `state` is as the store has loaded it, and changes as the run goes. */
  constructor(store: Store, state: State) {
    this.#store = store;
    this.#state = state;
    this.#known = knownIn(state);
  }

  /** Keeps the state as it is now. Whoever asks while it is being kept waits for the next time, together. */
  save(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#running = this.#save();
        return this.#running;
      });
    return this.#next;
  }

  async #save(): Promise<void> {
    const known = knownIn(this.#state);
    await this.#store.save(this.#state);
    this.#known = known;
  }

  /** Keeps what a registration is about to make, unless the plan has. */
  async about(registration: Registration, made: Pick<ResourceState, "target" | "manager">): Promise<void> {
    intend(this.#state, registration, made);
    const { provider } = registration;
    const connection = connectionIn(this.#state, urnOfProvider(provider));
    const isKept = this.#known.has(placeOf({ ...made, type: "", name: "", provider, dependencies: [] }));
    if (!isKept || (connection && !this.#known.has(connection))) await this.save();
  }
}

function knownIn(state: State): ReadonlySet<string> {
  const entries = Object.entries(state.resources);
  return new Set([
    ...entries.map(([, resource]) => placeOf(resource)),
    ...entries.flatMap(([urn]) => connectionIn(state, urn) ?? []),
  ]);
}

function connectionIn(state: State, urn: string): string | undefined {
  const connection = state.resources[urn]?.connection;
  return connection && JSON.stringify([urn, connection]);
}
