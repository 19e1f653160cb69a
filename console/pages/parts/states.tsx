// What a page shows while there is nothing to show: it loads, it is empty, it was refused.
import type { ComponentChildren, JSX } from "preact";
import { wordsOf } from "../state/api.ts";

export const Loading = ({ what }: { what: string }): JSX.Element => (
  <p class="loading" role="status">
    Loading {what} …
  </p>
);

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element => (
  <div class="empty">
    <strong>{title}</strong>
    {children}
  </div>
);

interface ProblemProps {
  error: unknown;
  /** Tries again. */
  retry?: () => void;
}

export function Problem({ error, retry }: ProblemProps): JSX.Element {
  const { message, advice } = wordsOf(error);
  return (
    <div class="notice bad" role="alert">
      <strong>{message}</strong>
      {advice && <span>{advice}</span>}
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
