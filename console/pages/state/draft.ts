// What the visitor has typed, kept in this tab: it survives a sign-in by an issuer's page, a reload, and a lost session.
import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

const PREFIX = "draft:";

/** A signal with what was typed under this key before, or `initial`; each change is kept until {@link forgetDraft}. */
export function useDraft<T>(key: string, initial: () => T): Signal<T> {
  const draft = useMemo(() => signal(restore(key) ?? initial()), [key]);
  useEffect(() => {
    let first = true;
    return draft.subscribe((value) => {
      // The initial value is nobody's typing.
      if (!first) sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
      first = false;
    });
  }, [draft, key]);

  function restore(of: string): T | undefined {
    const kept = sessionStorage.getItem(PREFIX + of);
    return kept === null ? undefined : (JSON.parse(kept) as T);
  }
  return draft;
}

export function forgetDraft(key: string): void {
  sessionStorage.removeItem(PREFIX + key);
}
