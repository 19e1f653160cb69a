// What a page needs of the server once: loading, there, or refused; and tried again where it was.
import { useCallback, useEffect, useState } from "preact/hooks";
import { call } from "./api.ts";

export interface Loaded<T> {
  value: T | undefined;
  error: unknown;
  /** Asks again; what is shown stays meanwhile. */
  reload: () => void;
}

/** The answer to GET `path`; asks nothing where it is undefined. */
export function useLoaded<T>(path: string | undefined): Loaded<T> {
  const [state, setState] = useState<{ path?: string; value?: T; error?: unknown }>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    call<T>(path, { signal: abort.signal }).then(
      (value) => setState({ path, value }),
      (error: unknown) => {
        if (!abort.signal.aborted) setState({ path, error });
      },
    );
    return () => abort.abort();
  }, [path, round]);
  const current = state.path === path;
  return {
    value: current ? state.value : undefined,
    error: current ? state.error : undefined,
    reload: useCallback(() => setRound((before) => before + 1), []),
  };
}
