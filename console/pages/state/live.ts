// A stream of server-sent events that is there again after whatever has cut it off, and says meanwhile that what is shown may be old.
import { computed, signal } from "@preact/signals";
import { type ListEvents, PATHS, type Session } from "../../contract.ts";
import { call, sessionLost } from "./api.ts";

/** By stream's path: why what is shown of it may be old. */
const faults = signal<ReadonlyMap<string, string>>(new Map());

/** Why what is shown may be old; undefined where all is live. */
export const stale = computed(() => [...faults.value.values()][0]);

function report(path: string, fault: string | undefined): void {
  const next = new Map(faults.value);
  if (fault === undefined) next.delete(path);
  else next.set(path, fault);
  faults.value = next;
}

/** A stream that was refused doesn't say why: most often the session has ended. */
function askWhy(): void {
  call<Session>(PATHS.session, {}, false).then(
    ({ signedIn }) => {
      if (!signedIn) sessionLost.value = true;
    },
    // It is tried again by itself.
    () => {},
  );
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

type Handlers<Events> = { [Name in keyof Events]?: (data: Events[Name]) => void };

/** Listens until the returned function is called. `opened` is told of each new connection. */
export function listen<Events extends object>(path: string, handlers: Handlers<Events>, opened = () => {}): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT_MS;
  let stopped = false;

  const on = (name: string, act: (data: never) => void) =>
    source?.addEventListener(name, (event) => act(JSON.parse((event as MessageEvent<string>).data) as never));

  const connect = () => {
    source = new EventSource(path);
    source.onopen = () => {
      wait = FIRST_WAIT_MS;
      report(path, undefined);
      opened();
    };
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED) askWhy();
      again();
    };
    for (const name of Object.keys(handlers) as (keyof Events & string)[]) on(name, handlers[name] as () => void);
    on("unavailable", ({ message }: ListEvents["unavailable"]) =>
      report(
        path,
        `The cluster's API server is away: what is shown may be old. It is tried again by itself. (${message})`,
      ),
    );
    on("available", () => report(path, undefined));
    on("ended", () => {
      source?.close();
      sessionLost.value = true;
    });
  };
  /** The browser itself tries again only where the connection broke, not where it was refused. */
  const again = () => {
    source?.close();
    if (stopped) return;
    report(path, "The console can't be reached: what is shown may be old. It is tried again by itself.");
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!sessionLost.value) connect();
    }, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
  let before = sessionLost.value;
  const unsubscribe = sessionLost.subscribe((lost) => {
    // Signed in again: the stream belongs to the session before.
    if (before && !lost && source) {
      clearTimeout(timer);
      source.close();
      connect();
    }
    before = lost;
  });
  connect();
  return () => {
    stopped = true;
    unsubscribe();
    clearTimeout(timer);
    source?.close();
    report(path, undefined);
  };
}
