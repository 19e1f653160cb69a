// All workloads that the visitor may see, live: one stream for every page that lists some.
import { computed, signal } from "@preact/signals";
import { type ListEvents, PATHS, type WorkloadRow, waitsFor } from "../../contract.ts";
import { listen } from "./live.ts";
import { session } from "./session.ts";

/** By uid; undefined until the first snapshot is whole. */
const byUid = signal<ReadonlyMap<string, WorkloadRow> | undefined>(undefined);

/** The newest first; undefined until they are there. */
export const rows = computed(
  () =>
    byUid.value &&
    [...byUid.value.values()].sort(
      (one, other) => other.createdAt.localeCompare(one.createdAt) || one.name.localeCompare(other.name),
    ),
);

/** Gates that wait for people, those first that have waited longest. */
export const gates = computed(() =>
  (rows.value ?? []).filter(({ gate }) => gate).sort((one, other) => orderOf(one).localeCompare(orderOf(other))),
);

/** Gates that began in the same second stay in one order, too. */
const orderOf = ({ gate, createdAt, name }: WorkloadRow): string => `${gate?.since} ${createdAt} ${name}`;

/** Those whose answer the visitor may give. */
export const myGates = computed(() => {
  const visitor = session.value;
  return visitor ? gates.value.filter((row) => waitsFor(visitor, row)) : [];
});

function change(edit: (rows: Map<string, WorkloadRow>) => void): void {
  const next = new Map(byUid.value);
  edit(next);
  byUid.value = next;
}

/** Listens for as long as the visitor is signed in; returns what stops it. */
export function watchWorkloads(): () => void {
  let arriving = new Map<string, WorkloadRow>();
  const stop = listen<ListEvents>(
    PATHS.workloadsStream,
    {
      snapshot: ({ rows: some, last }) => {
        for (const row of some) arriving.set(row.uid, row);
        if (!last) return;
        byUid.value = arriving;
        arriving = new Map();
      },
      changed: (some) =>
        change((all) => {
          for (const row of some) all.set(row.uid, row);
        }),
      deleted: (some) =>
        change((all) => {
          for (const { uid } of some) all.delete(uid);
        }),
    },
    () => {
      arriving = new Map();
    },
  );
  return () => {
    stop();
    byUid.value = undefined;
  };
}
