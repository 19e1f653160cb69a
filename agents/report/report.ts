// Writes report.md, the job's result for people, from what all steps found.
import type { ReportChanges } from "@agentic/api/changes.ts";
import type { Finding } from "@agentic/api/template.ts";
import type { Settings } from "../core/config.ts";
import {
  type Analysis,
  type DomStructures,
  type FailedPage,
  isFetched,
  type PageAnalysis,
  type PageStructure,
  type RawHtml,
} from "../core/documents.ts";
import { inline, link, list, table } from "./markdown.ts";
import type { Overview } from "./overview.ts";

export interface ReportInput {
  settings: Pick<Settings, "jobId" | "objective" | "model" | "changes">;
  raw: RawHtml;
  analysis: Analysis;
  dom: DomStructures;
  overview: Overview;
  /** By step: the digest of the manifest of what it wrote. */
  digests: ReadonlyMap<string, string | undefined>;
}

/** How many tables of a page are shown, and how many rows of each. */
const MAX_TABLES = 5;
const MAX_ROWS = 50;

/** The report as Markdown; the same input gives the same bytes. */
export function writeReport(input: ReportInput): string {
  const { settings, analysis, overview } = input;
  const { title }: ReportChanges = settings.changes;
  const parts = [
    `# ${inline(title ?? settings.objective)}`,
    `Job ${inline(settings.jobId)} · model ${inline(settings.model)} · confidence ${analysis.confidence.toFixed(2)}`,
    ...changed(settings),
    "## Summary",
    inline(overview.summary),
    list(overview.key_facts.map(inline)),
    "## Sources",
    sources(input.raw),
    ...analysis.pages.flatMap((page) => pageSection(page, input)),
    "## Findings",
    findingsList(analysis.findings) || "None.",
    "## Problems",
    list(problems(input)) || "None.",
    "## Confidence",
    `${analysis.confidence.toFixed(2)} of 1.`,
    list(analysis.reasons.map(inline)),
    "## Evidence",
    "What this report is made of: each step's manifest, which has the digest of every artifact. `status.approval.evidence` of the workload has those that were approved.",
    list([...input.digests].map(([step, digest]) => `${step}: \`${digest}\``)),
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** What the approvers changed, and what the objective is where the title isn't. */
function changed({ objective, changes }: ReportInput["settings"]): string[] {
  const lines = Object.entries(changes).map(([name, value]) => `${inline(name)}: ${inline(value)}`);
  if (lines.length === 0) return [];
  return [
    "## Changed at the approval",
    `The objective is: ${inline(objective)}`,
    "It was approved with these changes; `status.approval.changes` of the workload has who made them.",
    list(lines),
  ];
}

function sources({ pages }: RawHtml): string {
  return pages
    .map((page, i) => {
      if (!isFetched(page)) return `${i + 1}. ${link(page.url)}: not read`;
      const moved = isSameUrl(page.finalUrl, page.url) ? "" : `, moved to ${link(page.finalUrl)}`;
      return `${i + 1}. ${link(page.url)}${moved}: read ${page.fetchedAt}, ${page.bytes} bytes`;
    })
    .join("\n");
}

function pageSection(page: PageAnalysis, { dom }: ReportInput): string[] {
  const structure = dom.pages.find(
    (candidate): candidate is PageStructure => candidate.n === page.n && "headings" in candidate,
  );
  const { sight, screenshot } = page.view;
  const words = sight?.text_in_images ?? [];
  const tables = (structure?.tables ?? []).filter(({ rows }) => rows.length > 0).slice(0, MAX_TABLES);
  return [
    `## ${inline(page.title || page.url)}`,
    link(page.url),
    inline(page.summary),
    page.facts.length > 0
      ? `### Facts\n\n${table(
          ["Fact", "Value"],
          page.facts.map(({ name, value }) => [name, value]),
        )}`
      : "",
    ...tables.map(({ caption, header, rows }, i) => {
      const shown = rows.slice(0, MAX_ROWS);
      const more =
        rows.length > shown.length ? `\n\n${rows.length - shown.length} more rows are in dom_structures.json.` : "";
      return `### ${inline(caption) || `Table ${i + 1}`}\n\n${table(header, shown)}${more}`;
    }),
    words.length > 0 ? `### Text in pictures\n\n${list(words.map(inline))}` : "",
    sight?.description ? `### Looks\n\n${inline(sight.description)}` : "",
    screenshot ? `Screenshot: \`${screenshot}\`` : "",
    structure ? outline(structure) : "",
  ];
}

function outline({ headings, links, forms, landmarks, jsonLd }: PageStructure): string {
  const external = links.filter(({ internal }) => !internal).length;
  const count = (n: number, singular: string, plural = `${singular}s`) => `${n} ${n === 1 ? singular : plural}`;
  return `Structure: ${[
    count(headings.length, "heading"),
    `${count(links.length, "link")} (${external} to other sites)`,
    count(forms.length, "form"),
    count(landmarks.length, "landmark"),
    count(jsonLd.length, "JSON-LD block"),
  ].join(", ")}.`;
}

const worstFirst = ["critical", "high", "medium", "low", "info"];

function findingsList(findings: readonly Finding[]): string {
  return list(
    [...findings]
      .sort((a, b) => worstFirst.indexOf(a.severity) - worstFirst.indexOf(b.severity))
      .map(({ severity, url, text }) => `**${severity}** ${inline(text)} (${link(url)})`),
  );
}

function problems({ raw, analysis, dom }: ReportInput): string[] {
  const failed = [...raw.pages.filter((page): page is FailedPage => !isFetched(page)), ...(analysis.unread ?? [])];
  const urlOf = (n: number) => raw.pages.find((page) => page.n === n)?.url ?? "";
  return [
    ...failed.map(({ url, error }) => `${link(url)} could not be read: ${inline(error)}`),
    ...dom.pages.flatMap((page) => {
      if ("error" in page) return [`${link(page.url)}: ${inline(page.error)}`];
      return page.problems.map((problem) => `${link(urlOf(page.n))}: ${inline(problem)}`);
    }),
    ...analysis.pages.flatMap(({ url, view: { problem } }) => (problem ? [`${link(url)}: ${inline(problem)}`] : [])),
  ];
}

/** Whether two texts are the same URL after normalization, without their fragments. */
function isSameUrl(a: string, b: string): boolean {
  const withoutFragment = (text: string) => {
    const url = URL.parse(text);
    if (url) url.hash = "";
    return url?.href ?? text;
  };
  return withoutFragment(a) === withoutFragment(b);
}
