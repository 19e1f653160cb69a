// Why a connection ended: whoever's browser took too much memory hears it from the front.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import * as ws from "ws";
import { browserSwitch } from "../../../components/data/browserless/front/browser-switch.ts";
import { createFront } from "../../../components/data/browserless/front/front.ts";
import { browserUrl } from "../../../components/data/browserless/launch.ts";

const ended = mkdtempSync(join(tmpdir(), "ended-"));
afterAll(() => rmSync(ended, { recursive: true, force: true }));

it.each([
  [
    "says that its browser took too much memory",
    true,
    "1008 the browser was ended: its pages took more than 512 MiB of memory",
  ],
  ["says no more where the browser ended by itself", false, "1001 the browser has ended"],
])("%s", async (_, tookTooMuch, expected) => {
  const names: string[] = [];
  const browsers = new ws.WebSocketServer({ port: 0, host: "127.0.0.1" });
  browsers.on("connection", (browser, request) => {
    const launch = new URL(request.url ?? "", "ws://browsers").searchParams.get("launch") ?? "";
    const { args } = JSON.parse(launch) as { args: string[] };
    const name = args.find((word) => word.startsWith(browserSwitch))?.slice(browserSwitch.length) ?? "";
    names.push(name);
    expect(args).toContain("--host-resolver-rules=MAP * ~NOTFOUND");
    if (tookTooMuch) writeFileSync(join(ended, name), "");
    browser.terminate();
  });
  await once(browsers, "listening");
  const { port } = browsers.address() as AddressInfo;
  const { server } = createFront({
    ...{ concurrency: 1, tenantConcurrency: 1, queue: 1, ws },
    tokens: [{ tenant: "demo", token: "t" }],
    browserUrl: browserUrl({ port, sandboxed: true }),
    memory: { limit: 512 * 2 ** 20, ended },
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const front = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/?token=t`;
  for (const _ of [1, 2]) {
    const [code, reason] = await once(new ws.WebSocket(front), "close");
    expect(`${code} ${reason}`).toBe(expected);
  }
  expect(new Set(names).size).toBe(2);
  server.close();
  browsers.close();
});
