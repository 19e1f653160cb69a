// Short words about what has just been done, told to screen readers too.
import { signal } from "@preact/signals";
import type { JSX } from "preact";

interface Toast {
  id: number;
  kind: "good" | "bad";
  text: string;
}

const SHOWN_MS = 8_000;
const toasts = signal<Toast[]>([]);
let last = 0;

const drop = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

export function say(text: string, kind: Toast["kind"] = "good"): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, kind, text }];
  // What went wrong stays until it is read.
  if (kind === "good") setTimeout(() => drop(id), SHOWN_MS);
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, kind, text }) => (
        <div key={id} class={`notice ${kind}`}>
          <span class="spread">{text}</span>
          <button type="button" class="button quiet" onClick={() => drop(id)}>
            Close
          </button>
        </div>
      ))}
    </div>
  );
}
