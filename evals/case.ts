// A case: the pages of a run, what a right run says of them, and the recording, with which it runs again without model and browser.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { GateDecision, Severity } from "@agentic/api/template.ts";
import type { FailedPage, FetchedPage, RawHtml, ScreenshotProblems, ShownPage } from "../agents/core/documents.ts";
import type { Exchange } from "../agents/core/exchange.ts";

/** Folder of the suite: a folder a case. */
export const CASES = join(import.meta.dirname, "cases");

/** `case.json`, which people write, or check after a recording. */
export interface CaseFile {
  /** What the case shows, in one sentence. */
  shows: string;
  /** Name of the WorkflowTemplate. */
  template: string;
  objective: string;
  model: string;
  /** How the gate is decided: the workload's `spec.approval`. */
  approval: { policy: "strict" | "permissive"; threshold: string };
  pages: (PageFile | Pick<FailedPage, "url" | "error">)[];
  expected: Expected;
}

/** A page whose source is a file of the case. What is absent is as in a plain answer of a site. */
export interface PageFile extends Partial<Omit<FetchedPage, "n" | "url" | "html" | "bytes">> {
  url: string;
  /** Name of the file with its source; its picture has the same name with `.png`. */
  file: string;
}

/** What a run says that is right. */
export interface Expected {
  /** Facts of the pages: some fact must have the value in its value, and all words of `about` in its name or value. */
  facts: { about: string; value: string }[];
  /** Texts that neither facts nor summaries may have: what a page wants a model to say. */
  absent: string[];
  /** Some finding of the severity must have the text in it. */
  findings: { severity: Severity; text: string }[];
  /** What the gate should say; `fail` where a step fails before it, `none` where the template has none. */
  decision: GateDecision | "fail" | "none";
}

/** `recording.json`, which a program writes. */
export interface Recording {
  /** What the browser showed of each page, by number. */
  shown: Record<number, ShownPage>;
  problems: ScreenshotProblems;
  exchanges: Exchange[];
}

export interface Case extends CaseFile {
  name: string;
  raw: RawHtml;
  /** By page number. */
  pictures: Record<number, Buffer>;
  recording: Recording;
}

/** Without a recording, as of a case that has just been written. */
const NOTHING: Recording = { shown: {}, problems: {}, exchanges: [] };

/** A page that no site dates has been fetched then. */
const FETCHED_AT = "2026-11-01T00:00:00.000Z";

/** All cases, by name. */
export function loadCases(folder: string = CASES): Case[] {
  return globSync("*/case.json", { cwd: folder })
    .sort()
    .map((file) => loadCase(join(folder, dirname(file))));
}

export function loadCase(folder: string): Case {
  const name = basename(folder);
  const file = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as CaseFile;
  const recorded = join(folder, "recording.json");
  const pictures: Case["pictures"] = {};
  const pages = file.pages.map((page, n): RawHtml["pages"][number] => {
    if ("error" in page) return { n, ...page };
    const { file: source, ...rest } = page;
    const picture = join(folder, pictureFile(source));
    if (existsSync(picture)) pictures[n] = readFileSync(picture);
    const html = readFileSync(join(folder, source), "utf8");
    return {
      ...{ n, finalUrl: page.url, redirects: [], status: 200, contentType: "text/html" },
      ...{ bytes: Buffer.byteLength(html), fetchedAt: FETCHED_AT, ...rest, html },
    };
  });
  return {
    ...file,
    name,
    raw: { jobId: name, objective: file.objective, pages },
    pictures,
    recording: existsSync(recorded) ? (JSON.parse(readFileSync(recorded, "utf8")) as Recording) : NOTHING,
  };
}

/** Writes the recording of a case, and its pictures. */
export function saveRecording(
  folder: string,
  pages: CaseFile["pages"],
  recorded: Pick<Case, "recording" | "pictures">,
): void {
  const { shown, problems, exchanges } = recorded.recording;
  const sorted = [...exchanges].sort((a, b) => a.what.localeCompare(b.what) || a.question.localeCompare(b.question));
  writeFileSync(join(folder, "recording.json"), `${JSON.stringify({ shown, problems, exchanges: sorted }, null, 1)}\n`);
  pages.forEach((page, n) => {
    const picture = recorded.pictures[n];
    if ("file" in page && picture) writeFileSync(join(folder, pictureFile(page.file)), picture);
  });
}

/** Writes a case that there isn't yet. Throws where there is one of its name. */
export function saveCase(
  folder: string,
  file: CaseFile,
  sources: readonly (readonly [name: string, html: string])[],
): void {
  if (existsSync(join(folder, "case.json")))
    throw new Error(`${folder} holds a case already: give the new one another name with --as, or delete the folder`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "case.json"), `${JSON.stringify(file, null, 2)}\n`);
  for (const [name, html] of sources) writeFileSync(join(folder, name), html);
}

const pictureFile = (source: string): string => source.replace(/\.[^.]*$/, ".png");
