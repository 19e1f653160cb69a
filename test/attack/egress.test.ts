// Somebody of a tenant without egress who would get data out of the cluster by what others may reach.
import type { LookupFunction } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { Permanent, Poster } from "../../operator/notify/post.ts";
import { mock, objects, program } from "../unit/components/program.ts";
import { fakeApi } from "../unit/kube/fake-api.ts";
import { workload } from "../unit/operator/observed.ts";
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
    const subject = workload({ notify: [{ url: to }] });
    subject.metadata = { ...subject.metadata, namespace };
    const notification = { url: to, event: "Completed", state: "Pending" } as const;
    return { resolved, posted: poster.post(subject, notification, new AbortController().signal) };
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
        const named = matchLabels["app.kubernetes.io/name"] ?? part;
        return named === part && matchExpressions.every(({ values }: { values: string[] }) => !values.includes(part));
      })
      .some(({ spec }) => JSON.stringify(spec.egress ?? []).includes('"port":53'));
  expect(["browserless", "litellm", "minio"].map(mayResolve)).toEqual([false, true, true]);
});
