// A cluster that is there already: which context of which kubeconfig is taken.
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { existingContext } from "../../../components/cluster/local/existing.ts";
import { formerLabel, refuseOtherStacks, stackLabel } from "../../../stacks/ownership.ts";
import { stackPairs } from "../stack-pairs.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const two = file(
  "two",
  `current-context: prod
contexts:
- { name: prod, context: { cluster: c, user: u } }
- { name: laptop, context: { cluster: c, user: u } }
- { name: old, context: { cluster: c, user: google } }
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: u, user: { token: t } }, { name: google, user: { auth-provider: { name: gcp } } }]
`,
);

afterEach(() => vi.unstubAllEnvs());

describe("a cluster that is there", () => {
  it("is found by the name of its context", () => {
    expect(existingContext(two, "laptop")).toEqual({ kubeconfig: two, context: "laptop" });
  });

  it("is never whichever is current", () => {
    expect(() => existingContext(two, undefined)).toThrow(
      /cluster\.context is missing: name one of the contexts of .*\(prod, laptop, old\)/,
    );
  });

  it("comes from KUBECONFIG where the config names no file; of several files the provider finds it itself", () => {
    vi.stubEnv("KUBECONFIG", two);
    expect(existingContext(undefined, "prod")).toEqual({ kubeconfig: two, context: "prod" });
    vi.stubEnv("KUBECONFIG", `${file("other", "current-context: none")}:${two}`);
    expect(existingContext(undefined, "prod")).toEqual({ context: "prod" });
    expect(() => existingContext(undefined, "stage")).toThrow(
      /is not in .*other \+ .*two: there are prod, laptop, old/,
    );
  });

  it.each([
    ["a context that isn't there", two, "stage", /cluster\.context 'stage' is not in .*: there are prod, laptop, old/],
    [
      "a file that isn't there",
      join(folder, "none"),
      "prod",
      /cluster\.kubeconfig: kubeconfig .*none does not exist: give the path/,
    ],
    ["a file that is something else", file("text", "just words"), "prod", /is not a kubeconfig/],
    ["a file that isn't YAML", file("broken", "a: [1"), "prod", /can't be read as YAML or JSON/],
    [
      "a user that can't be one",
      two,
      "old",
      /'old' can't be used: .*users\['google'\]\.user\.auth-provider is not supported/,
    ],
    ["a file without contexts", file("empty", "contexts: []"), undefined, /\(none\)/],
  ])("is refused for %s", (_, path, context, message) => {
    expect(() => existingContext(path, context)).toThrow(message);
  });
});

const { answer, kubeconfig } = await apiServer();

describe("another stack's platform", () => {
  it("is refused, with its stack and the way out", async () => {
    answer.value = {
      items: [{ metadata: { name: "agentic-system", labels: { "agentic.io/stack": "agentic-platform.embedded" } } }],
    };
    await expect(refuseOtherStacks({ kubeconfig }, stackLabel("agentic-platform", "dev"))).rejects.toThrow(
      /carries the platform of the stack 'agentic-platform\.embedded' already \(namespace agentic-system\).*make clean/,
    );
    expect(answer.asked).toBe("/api/v1/namespaces?labelSelector=agentic.io%2Fstack");
  });

  it("isn't its own, nor nobody's", async () => {
    await expect(refuseOtherStacks({ kubeconfig }, "agentic-platform.embedded")).resolves.toBeUndefined();
    answer.value = { items: [] };
    await expect(refuseOtherStacks({ kubeconfig }, "agentic-platform.dev")).resolves.toBeUndefined();
  });

  it.each([
    ["doesn't let itself be asked", 403, undefined],
    ["isn't there", 200, kubeconfigOf({ server: "https://127.0.0.1:1" }, {})],
    [
      "has a plugin that fails",
      200,
      kubeconfigOf(
        { server: "https://127.0.0.1:1" },
        { exec: { command: "/nowhere/plugin", apiVersion: "client.authentication.k8s.io/v1beta1" } },
      ),
    ],
    ["has no context", 200, "{}"],
  ])("can't be told where the cluster %s: that is for the provider to say", async (_, status, other) => {
    answer.status = status;
    await expect(
      refuseOtherStacks({ kubeconfig: other ?? kubeconfig }, "agentic-platform.dev"),
    ).resolves.toBeUndefined();
  });

  it("isn't this one's by the label that an earlier release gave it", async () => {
    const label = formerLabel("shop.eu", "dev");
    answer.status = 200;
    answer.value = { items: [{ metadata: { name: "agentic-system", labels: { "agentic.io/stack": label } } }] };
    await refuseOtherStacks({ kubeconfig }, stackLabel("shop.eu", "dev"), label);
    await expect(
      refuseOtherStacks({ kubeconfig }, stackLabel("shop", "dev"), formerLabel("shop", "dev")),
    ).rejects.toThrow("carries the platform of the stack 'shop.eu.dev' already");
  });

  it("has a label of what a label may hold, as people write it where that is enough", () => {
    expect(stackLabel("agentic-platform", "dev")).toBe("agentic-platform.dev");
    expect(stackLabel("agentic-platform", "org/dev stack")).toMatch(/^agentic-platform-org-dev-stack-[0-9a-f]{32}$/);
  });

  it("has a label that no other stack has", () => {
    fc.assert(
      fc.property(stackPairs, ([first, second]) => {
        const [label, otherLabel] = [stackLabel(...first), stackLabel(...second)];
        expect(label === otherLabel).toBe(first[0] === second[0] && first[1] === second[1]);
        expect(label).toMatch(/^(?=.{1,63}$)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/);
      }),
      { numRuns: 2000 },
    );
  });
});

/** A server that answers as an API server does, in clear: what is between is Node's own. */
async function apiServer() {
  const answer = { status: 200, value: {} as unknown, asked: "" };
  const server = createServer((request, response) => {
    answer.asked = request.url ?? "";
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.value));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as { port: number };
  return { answer, kubeconfig: kubeconfigOf({ server: `http://127.0.0.1:${port}` }, { token: "t" }) };
}

function kubeconfigOf(cluster: object, user: object): string {
  return JSON.stringify({
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
  });
}
