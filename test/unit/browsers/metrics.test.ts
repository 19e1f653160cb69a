// What the front of the browser service says of itself to a scraper.
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import * as ws from "ws";
import { createFront } from "../../../components/data/browserless/front/front.ts";
import { metricsPage, Refusals } from "../../../components/data/browserless/front/metrics.ts";
import { Shares } from "../../../components/data/browserless/front/shares.ts";

const limits = { concurrency: 2, tenantConcurrency: 1, queue: 1 };

test("says who has browsers, who waits, and who was turned away, and 0 of a tenant that asked for none", async () => {
  const shares = new Shares(limits);
  const refusals = new Refusals();
  const forever = new AbortController().signal;
  const release = await shares.take("demo", forever);
  shares.take("demo", forever).catch(() => {});
  refusals.add("demo", 429);
  refusals.add("demo", 429);
  const lines = () => metricsPage({ shares, refusals, tenants: ["demo", "acme"] }).split("\n");
  expect(lines()).toEqual(
    expect.arrayContaining([
      "# TYPE browserless_sessions gauge",
      'browserless_sessions{tenant="demo"} 1',
      'browserless_sessions{tenant="acme"} 0',
      "browserless_sessions_limit 2",
      'browserless_queue{tenant="demo"} 1',
      'browserless_sessions_total{tenant="demo"} 1',
      'browserless_refusals_total{tenant="demo",status="429"} 2',
    ]),
  );
  release();
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines()).toContain('browserless_queue{tenant="demo"} 0');
  expect(lines()).toContain('browserless_sessions_total{tenant="demo"} 2');
});

test("escapes what a label's value may not have", () => {
  const page = metricsPage({ shares: new Shares(limits), refusals: new Refusals(), tenants: ['a"b\\c\nd'] });
  expect(page).toContain('browserless_sessions{tenant="a\\"b\\\\c\\nd"} 0');
});

test("counts whom the front turns away, on a port of its own", async () => {
  const tokens = [{ tenant: "demo", token: "token-of-demo" }];
  const { server, metrics } = createFront({ ...limits, tokens, browserUrl: "ws://127.0.0.1:9/", ws });
  const listening = async (one: typeof server) => {
    await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
    return (one.address() as AddressInfo).port;
  };
  const port = await listening(server);
  const metricsPort = await listening(metrics);
  for (const token of ["wrong", "token-of-demo"]) {
    const socket = new ws.WebSocket(`ws://127.0.0.1:${port}/?token=${token}`);
    await new Promise((resolve) => socket.once("error", resolve));
  }
  const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(page).toContain('browserless_refusals_total{tenant="",status="401"} 1');
  expect(page).toContain('browserless_refusals_total{tenant="demo",status="503"} 1');
  expect((await fetch(`http://127.0.0.1:${metricsPort}/`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  server.close();
  metrics.close();
});
