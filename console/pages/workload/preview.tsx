// An artifact as people read it: a picture, JSON as a tree, Markdown, or its text.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Artifact } from "../../contract.ts";
import { JsonTree } from "../parts/json-tree.tsx";
import { renderMarkdown } from "../parts/markdown.ts";
import { Loading, Problem } from "../parts/states.tsx";
import { request } from "../state/api.ts";

/** Characters of a text that are shown. */
const MAX_TEXT = 200_000;

interface Props {
  artifact: Artifact;
  /** Those of the run: what Markdown may show and lead to. */
  all: readonly Artifact[];
}

export function Preview({ artifact, all }: Props): JSX.Element {
  const { href, contentType, name, uri } = artifact;
  if (contentType.startsWith("image/")) return <img class="preview" src={href} alt={name} />;
  return <TextPreview href={href} isJson={/json/.test(contentType)} isMarkdown={/\.md$/.test(uri)} all={all} />;
}

interface TextProps {
  href: string;
  isJson: boolean;
  isMarkdown: boolean;
  all: readonly Artifact[];
}

function TextPreview({ href, isJson, isMarkdown, all }: TextProps): JSX.Element {
  const [state, setState] = useState<{ text?: string; error?: unknown }>({});
  useEffect(() => {
    const abort = new AbortController();
    request(href, { signal: abort.signal })
      .then((response) => response.text())
      .then(
        (text) => setState({ text }),
        (error: unknown) => {
          if (!abort.signal.aborted) setState({ error });
        },
      );
    return () => abort.abort();
  }, [href]);
  if (state.error !== undefined) return <Problem error={state.error} />;
  if (state.text === undefined) return <Loading what="it" />;
  if (isMarkdown) return <Markdown text={state.text} all={all} />;
  const value = isJson ? jsonOf(state.text) : undefined;
  if (value !== undefined)
    return (
      <div class="json">
        <JsonTree value={value} />
      </div>
    );
  return (
    <pre class="text">
      {state.text.slice(0, MAX_TEXT)}
      {state.text.length > MAX_TEXT && "\n… download it for the rest"}
    </pre>
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Markdown, with the run's own artifacts where it names them by address or name. */
export function Markdown({ text, all }: { text: string; all: readonly Artifact[] }): JSX.Element {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const hrefs = new Map(all.flatMap(({ uri, name, href }) => [[uri, href] as const, [name, href] as const]));
    place.current?.replaceChildren(renderMarkdown(text, (target) => hrefs.get(target)));
  }, [text, all]);
  return <article class="markdown" ref={place} />;
}
