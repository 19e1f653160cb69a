// What the API server would say to a workload, asked a moment after the last change of it.
import { useEffect, useState } from "preact/hooks";
import { type DryRunResult, PATHS } from "../../contract.ts";
import { call } from "../state/api.ts";

const WAIT_MS = 500;

export interface Tried {
  /** Of the workload as it is now; undefined while it is asked, and where nothing is to be asked. */
  result?: DryRunResult;
  error?: unknown;
}

/** @param yaml the workload; undefined: nothing is asked */
export function useTried(namespace: string, yaml: string | undefined): Tried {
  const [state, setState] = useState<Tried & { of?: string }>({});
  useEffect(() => {
    if (yaml === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const body = { namespace, yaml };
      call<DryRunResult>(PATHS.dryRun, { method: "POST", body, signal: abort.signal }).then(
        (result) => setState({ of: yaml, result }),
        (error: unknown) => {
          if (!abort.signal.aborted) setState({ of: yaml, error });
        },
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [namespace, yaml]);
  return state.of === yaml ? state : {};
}
