// How results are printed: a table for people, or JSON, YAML or names for programs.
import type { AgentWorkload, ObjectMeta } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { clean } from "@agentic/api/text.ts";

export const FORMATS = ["table", "wide", "json", "yaml", "name"] as const;
export type Format = (typeof FORMATS)[number];

/** Of what isn't a list of objects: text for people, or data for programs. */
export const DATA_FORMATS = ["table", "json", "yaml"] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

/** A column: its heading, what it has of an object, and whether only `wide` shows it. */
export interface Column<T = AgentWorkload> {
  heading: string;
  of: (object: T) => string;
  wide?: boolean;
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Rows under headings, each column as wide as its widest cell; a cell is one line without control characters. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows.map((row) => row.map((cell) => clean(cell).replace(/\s+/g, " ") || "-"))];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

/** Lines of name and value; those without a value are left out, further lines of a value are indented. */
export function lines(all: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = all.flatMap(([name, value]) => (value ? [[name, clean(value.trimEnd())] as const] : []));
  const width = Math.max(...shown.map(([name]) => name.length)) + 3;
  return shown.map(([name, value]) => name.padEnd(width) + value.replaceAll("\n", `\n${" ".repeat(width)}`)).join("\n");
}

/** One document of YAML; loaded only where it is needed. */
export async function yamlOf(value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(value).trimEnd();
}

/** Prints data as it is, or as text for people. */
export async function printData<T>(value: T, format: DataFormat, textOf: (value: T) => string): Promise<void> {
  if (format === "json") print(JSON.stringify(value, null, 2));
  else if (format === "yaml") print(await yamlOf(value));
  else print(textOf(value));
}

/** Prints workloads: a list, or the one that was asked for by name. */
export const printWorkloads = (
  workloads: AgentWorkload[] | AgentWorkload,
  format: Format,
  columns: readonly Column[],
): Promise<void> => printObjects(AGENT_WORKLOAD, workloads, format, columns);

/** Prints objects of one of the platform's kinds: a list, or the one that was asked for by name. */
export async function printObjects<T extends { metadata: ObjectMeta }>(
  { listKind, singular }: { listKind: string; singular: string },
  objects: T[] | T,
  format: Format,
  columns: readonly Column<T>[],
): Promise<void> {
  const all: T[] = Array.isArray(objects) ? objects : [objects];
  const value = Array.isArray(objects) ? { apiVersion: API_GROUP_VERSION, kind: listKind, items: objects } : objects;
  if (format === "json") print(JSON.stringify(value, null, 2));
  else if (format === "yaml") print(await yamlOf(value));
  else if (format === "name") for (const { metadata } of all) print(`${singular}.${API_GROUP}/${metadata.name}`);
  else {
    const shown = columns.filter(({ wide }) => !wide || format === "wide");
    print(
      table(
        shown.map(({ heading }) => heading),
        all.map((object) => shown.map(({ of }) => of(object))),
      ),
    );
  }
}
