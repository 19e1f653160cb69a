// The console with its pages really built, an object store, a way to the API server that can be cut off, and a browser.
import { rmSync } from "node:fs";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { Browser } from "playwright-core";
import { PAGES } from "../../../console/contract.ts";
import { startObjectStore } from "../agents/object-store.ts";
import { buildPages } from "./built-pages.ts";
import { startCut } from "./cut.ts";
import { openPage, type Shown, signIn, startBrowser } from "./shown-page.ts";
import { startConsoleScene, tokenOf } from "./visitors.ts";

export type PagesScene = Awaited<ReturnType<typeof startPagesScene>>;

export async function startPagesScene() {
  const folder = await buildPages();
  const [consoles, store, browser] = await Promise.all([startConsoleScene(folder), startObjectStore(), startBrowser()]);
  const cut = await startCut(consoles.tenants.cluster.url);
  const begin = (port: number) => {
    const settings = { port, store: { url: store.url, accessKey: "agent", secretKey: "secret" } };
    return consoles.console(settings, cut.url);
  };
  let running = await begin(0);
  return {
    /** Of the built pages. */
    folder,
    /** Where the console is, also after a restart. */
    url: running.url,
    tenants: consoles.tenants,
    objects: store.objects,
    cut,
    browser,

    /** A page of a browser of its own; signed in, where it says who. */
    async open(name?: string, path?: string, options?: Parameters<Browser["newContext"]>[0]): Promise<Shown> {
      const shown = await openPage(browser, running.url, options);
      if (name) await signIn(shown, tokenOf(name), path);
      return shown;
    },

    /** Stops the console, and starts it again at the same address after whatever is done meanwhile. */
    async restart(meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
      await running.stop();
      await meanwhile();
      running = await begin(running.port);
    },

    async stop(): Promise<void> {
      await browser.close();
      await consoles.stop();
      await Promise.all([store.stop(), cut.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}

export const pathOf = ({ metadata }: AgentWorkload): string => PAGES.workload(metadata.namespace ?? "", metadata.name);
