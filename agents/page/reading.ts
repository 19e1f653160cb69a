// The worker thread in which pages are read; it is terminated if a page takes too much time or memory.
import { parentPort } from "node:worker_threads";
import type { PageStructure } from "../core/documents.ts";
import { type PromptPage, pagePrompt } from "./prompt.ts";
import { pageStructure } from "./structure.ts";
import type { PageSource } from "./text.ts";

/** The results of reading a page, by kind. */
export interface Readings {
  prompt: PromptPage;
  structure: PageStructure;
}

/** A page to read. */
export interface PageToRead extends PageSource {
  n: number;
}

const read: { [What in keyof Readings]: (page: PageToRead) => Readings[What] } = {
  prompt: pagePrompt,
  structure: pageStructure,
};

parentPort?.on("message", ({ what, page }: { what: keyof Readings; page: PageToRead }) =>
  parentPort?.postMessage(read[what](page)),
);

// It has loaded what it reads pages with: a page's time begins now.
parentPort?.postMessage("ready");
