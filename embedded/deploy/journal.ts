// Saves each object to the state before it is made, so that a run that is cut off leaves no unknown object behind.

import { urnOfProvider } from "./provider-urn.ts";
import type { Registration } from "./registration.ts";
import type { Store } from "./state.ts";
import { intend, placeOf } from "./state-entries.ts";
import type { ResourceState, State } from "./state-types.ts";

export class Journal {
  readonly #store: Store;
  readonly #state: State;
  /** Objects and cluster connections in the state when it was last saved. */
  #known: ReadonlySet<string>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `state` is what the store has loaded; the run changes it in place. */
  constructor(store: Store, state: State) {
    this.#store = store;
    this.#state = state;
    this.#known = knownIn(state);
  }

  /** Saves the state as it is now. All calls during one save share the next save. */
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

  /** Saves the object that a registration is about to make, unless the plan has saved it already. */
  async recordIntent(registration: Registration, object: Pick<ResourceState, "target" | "manager">): Promise<void> {
    intend(this.#state, registration, object);
    const { provider } = registration;
    const connection = connectionIn(this.#state, urnOfProvider(provider));
    const isKept = this.#known.has(placeOf({ ...object, type: "", name: "", provider, dependencies: [] }));
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
