// The run's report, safe to read, with the pictures that it is made from.
import { screenshotName, shownTextName } from "@agentic/api/artifacts.ts";
import type { JSX } from "preact";
import { type Artifact, PATHS } from "../../contract.ts";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { useLoaded } from "../state/load.ts";
import { Preview } from "./preview.tsx";

interface Props {
  namespace: string;
  name: string;
  total: number;
  /** Pages that it was to read. */
  urls: readonly string[];
}

export function Report({ namespace, name, total, urls }: Props): JSX.Element {
  const { value, error, reload } = useLoaded<Artifact[]>(`${PATHS.artifacts(namespace, name)}?of=${total}`);
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (!value) return <Loading what="the report" />;
  const report = value.find(({ name: of }) => of === "report");
  if (!report) return <Empty title="There is no report yet" />;
  return (
    <div class="stack">
      <Preview artifact={report} all={value} />
      <EvidenceByPage urls={urls} all={value} />
    </div>
  );
}

/** What of each page the report is made from, to look it up. */
function EvidenceByPage({ urls, all }: { urls: readonly string[]; all: readonly Artifact[] }): JSX.Element | null {
  const link = (name: string, words: string) => {
    const artifact = all.find((each) => each.name === name);
    return artifact ? [{ href: artifact.href, words }] : [];
  };
  const common = [
    ...link("raw_html", "pages as they were sent"),
    ...link("dom_structures", "their structure"),
    ...link("analysis", "the analysis"),
  ];
  const pages = urls.map((url, n) => ({
    url,
    links: [...link(screenshotName(n), "screenshot"), ...link(shownTextName(n), "texts that it shows")],
  }));
  if (common.length === 0 && pages.every(({ links }) => links.length === 0)) return null;
  return (
    <section class="stack" aria-labelledby="evidence">
      <h2 id="evidence">What it is made from</h2>
      <ul class="bullets">
        {pages.map(({ url, links }, n) => (
          <li key={`${n} ${url}`}>
            {url}: {links.length > 0 ? <Links links={links} /> : "no screenshot"}
          </li>
        ))}
        {common.length > 0 && (
          <li>
            All pages: <Links links={common} />
          </li>
        )}
      </ul>
    </section>
  );
}

const Links = ({ links }: { links: readonly { href: string; words: string }[] }): JSX.Element => (
  <>
    {links.map(({ href, words }, n) => (
      <span key={href}>
        {n > 0 && ", "}
        <a href={href} target="_blank" rel="noopener">
          {words}
        </a>
      </span>
    ))}
  </>
);
