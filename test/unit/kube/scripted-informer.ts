// An informer against a scripted API server, with a record of the changes and errors that it reports.
import type { Watches } from "../../../kube/client/client.ts";
import { type Change, Informer, type InformerOptions } from "../../../kube/controller/informer.ts";
import type { KubeObject } from "../../../kube/controller/object.ts";
import { serve, testSignal } from "./per-test.ts";

export const object = (name: string, version: number): KubeObject => ({
  metadata: { name, namespace: "n", resourceVersion: String(version) },
});
export const line = (type: string, body: object) => `${JSON.stringify({ type, object: body })}\n`;
export const expired = { code: 410, message: "too old" };

/** Runs an informer, and records the changes and errors that it reports. */
export function follow(client: Watches, options: Partial<InformerOptions<KubeObject>> = {}) {
  const changes: string[] = [];
  const errors: string[] = [];
  const informer = new Informer<KubeObject>({
    client,
    path: "/things",
    onChange: ({ type, object: { metadata } }: Change<KubeObject>) =>
      changes.push(`${type} ${metadata.name} ${metadata.resourceVersion}`),
    onError: (error) => errors.push(error.message),
    ...options,
  });
  return { informer, changes, errors, done: informer.run(testSignal()) };
}

/** One answer to a list: a whole one, a page that another follows (`more`), or a status. */
type Page = KubeObject[] | { items: KubeObject[]; more: true } | number;
/** One watch: lines that the server ends, leaves open (`open`) or breaks off (`cut`). */
type Watch = { lines: string[]; after: "open" | "end" | "cut" };

/** An informer against an API server that answers with these lists and watches in turn; the last list is repeated. */
export async function followScript(
  pages: Page[],
  watches: Watch[],
  options: Partial<InformerOptions<KubeObject>> = {},
) {
  const versions: (string | null)[] = [];
  const lists: (string | null)[] = [];
  const { client, requests } = await serve(async ({ query }, response) => {
    if (query.get("watch")) {
      versions.push(query.get("resourceVersion"));
      const { lines, after } = watches.shift() ?? { lines: [], after: "open" };
      response.writeHead(200).flushHeaders();
      for (const text of lines) await new Promise((resolve) => response.write(text, resolve));
      if (after === "end") response.end();
      // What was written should arrive first.
      if (after === "cut") setTimeout(() => response.destroy(), 20);
      return undefined;
    }
    lists.push(query.get("continue"));
    const page = (pages.length > 1 ? pages.shift() : pages[0]) ?? [];
    if (typeof page === "number") return { code: page, body: { message: "no" } };
    const items = Array.isArray(page) ? page : page.items;
    const highest = Math.max(10, ...items.map(({ metadata }) => Number(metadata.resourceVersion)));
    const next = Array.isArray(page) ? {} : { continue: "more" };
    return { body: { metadata: { resourceVersion: String(highest), ...next }, items } };
  });
  return { ...follow(client, options), versions, lists, requests };
}

export const openWatch = (...lines: string[]): Watch => ({ lines, after: "open" });
export const endedWatch = (...lines: string[]): Watch => ({ lines, after: "end" });
export const cutWatch = (...lines: string[]): Watch => ({ lines, after: "cut" });
export const names = ({ informer }: { informer: Informer<KubeObject> }) =>
  [...informer.values()].map(({ metadata }) => metadata.name);
