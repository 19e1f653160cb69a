// A JSON value as a tree that opens and closes; a large one is drawn only as far as it is open.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** Entries of an object or list that are drawn at once. */
const PAGE = 100;
/** Levels that are open at the beginning. */
const OPEN = 2;

interface Props {
  value: unknown;
  name?: string;
  depth?: number;
}

export function JsonTree({ value, name, depth = 0 }: Props): JSX.Element {
  if (typeof value === "object" && value !== null) return <Branch value={value} name={name ?? ""} depth={depth} />;
  return (
    <div class="leaf">
      {name !== undefined && <span class="key">{name}: </span>}
      <span class={`value ${value === null ? "null" : typeof value}`}>
        {typeof value === "string" ? value : String(value)}
      </span>
    </div>
  );
}

function Branch({ value, name, depth }: { value: object; name: string; depth: number }): JSX.Element {
  const [open, setOpen] = useState(depth < OPEN);
  const [shown, setShown] = useState(PAGE);
  const entries = Object.entries(value);
  const what = Array.isArray(value)
    ? `list of ${entries.length}`
    : entries.length === 1
      ? "1 field"
      : `${entries.length} fields`;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="key">{name || "all"}</span> <span class="faint">{what}</span>
      </summary>
      {open && (
        <div class="children">
          {entries.slice(0, shown).map(([key, child]) => (
            <JsonTree key={key} name={key} value={child} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" class="button quiet" onClick={() => setShown(shown + PAGE)}>
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
    </details>
  );
}
