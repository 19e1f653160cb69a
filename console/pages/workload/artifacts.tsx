// What the run has written: each artifact with its size and digest, a preview, and the file itself.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Artifact, PATHS } from "../../contract.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { useLoaded } from "../state/load.ts";
import { Preview } from "./preview.tsx";

/** Bytes in the unit that people read. */
export function sizeOf(bytes: number | undefined): string {
  if (bytes === undefined) return "";
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

interface Props {
  namespace: string;
  name: string;
  /** Changes where there may be more artifacts than before. */
  total: number;
}

export function Artifacts({ namespace, name, total }: Props): JSX.Element {
  const { value, error, reload } = useLoaded<Artifact[]>(`${PATHS.artifacts(namespace, name)}?of=${total}`);
  const [open, setOpen] = useState("");
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (!value) return <Loading what="artifacts" />;
  if (value.length === 0) return <Empty title="No step has written anything yet" />;
  return (
    <ul class="artifacts">
      {value.map((artifact) => {
        const { step, name: of, href, bytes, digest } = artifact;
        const key = `${step}/${of}`;
        return (
          <li key={key}>
            <div class="row">
              <button
                type="button"
                class="button quiet"
                aria-expanded={open === key}
                onClick={() => setOpen(open === key ? "" : key)}
              >
                {of}
              </button>
              <span class="faint small spread">
                {step} · {sizeOf(bytes)} {digest && <code title={digest}>{digest.slice(0, 19)}…</code>}
              </span>
              <a
                class="button quiet"
                href={`${href}?download=true`}
                target="_blank"
                rel="noopener"
                aria-label={`Download ${of}`}
              >
                <Icon name="download" />
                Download
              </a>
            </div>
            {open === key && <Preview artifact={artifact} all={value} />}
          </li>
        );
      })}
    </ul>
  );
}
