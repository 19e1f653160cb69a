// What the browser service is registered as: whose tokens its front knows, and when Chromium's sandbox is on.
import { beforeAll, expect, test } from "vitest";
import { browserFlags } from "../../../components/data/browserless/launch.ts";
import { mock, objects, program } from "./program.ts";

beforeAll(() => mock());

const tenants = [{ name: "demo" }, { name: "acme" }];

async function registered(cluster: object = {}) {
  const all = await program({ tenants, cluster: { apiServerCidrs: ["10.9.0.2/32"], ...cluster } });
  const find = (kind: string, name: string, namespace = "shared-services") =>
    objects(all, kind).find(({ metadata }) => metadata?.name === name && metadata.namespace === namespace);
  const [service, front] = find("Deployment", "browserless")?.spec.template.spec.containers ?? [];
  const env = Object.fromEntries(front.env.map(({ name, value }: Record<string, string>) => [name, value]));
  return { find, service, front, launch: new URL(env.BROWSER_URL).searchParams.get("launch") ?? "" };
}

test("each tenant has a token of its own, which the front knows, and none has Browserless' own", async () => {
  const { find } = await registered();
  const { token, "tokens.json": storedTokens } = find("Secret", "browserless-token")?.stringData ?? {};
  const expected = tenants.map(({ name }) => ({
    tenant: name,
    token: find("Secret", "browserless", `tenant-${name}`)?.stringData.token,
  }));
  expect(JSON.parse(storedTokens)).toEqual(expected);
  expect(new Set([token, ...expected.map((tenant) => tenant.token)]).size).toBe(3);
});

test("the sandbox is on where the nodes have a profile for it, and browsers reach nothing anywhere", async () => {
  const off = await registered();
  expect(off.service.securityContext.seccompProfile).toBeUndefined();
  expect(JSON.parse(off.launch)).toEqual({ args: browserFlags });
  const on = await registered({ browserSeccompProfile: "agentic/browser.json" });
  expect(on.service.securityContext.seccompProfile).toEqual({
    type: "Localhost",
    localhostProfile: "agentic/browser.json",
  });
  expect(JSON.parse(on.launch).ignoreDefaultArgs).toEqual(["--no-sandbox"]);
  expect(on.front.securityContext.seccompProfile).toBeUndefined();
});
