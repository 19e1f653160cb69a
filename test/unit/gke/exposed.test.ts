// What people and programs outside reach of a stack on GKE.
import { beforeAll, expect, it, vi } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";
import { createGke } from "../../../stacks/gke/compose.ts";
import { createPlatform } from "../../../stacks/platform.ts";
import { images, minimal } from "./configs.ts";
import { inputsOf, inputsOfKind, mock, type Registered, registeredBy } from "./mocks.ts";

beforeAll(mock);
// A whole program is some four hundred resources, each a message to the mocks.
vi.setConfig({ testTimeout: 30_000 });

const kinds = (all: readonly Registered[], kind: string) =>
  all.filter(({ type, inputs }) => type.startsWith("kubernetes:") && inputs.kind === kind).map(({ inputs }) => inputs);

const both = { webhook: "events.acme.example", console: "agents.acme.example" };
let endpoints: Record<string, unknown> = {};

const stack = (exposed: object | undefined): Promise<Registered[]> =>
  registeredBy(() => {
    const gke = { ...minimal, ...(exposed ? { exposed } : {}) };
    const config = parseConfig("agentic-platform", { images, cluster: { kind: "gke" }, gke }, false);
    const { provider, external } = createGke(config);
    ({ endpoints } = createPlatform(config, { provider, external }));
  });

it("exposes nothing unless it is told to", async () => {
  const closed = await stack(undefined);
  expect(inputsOfKind(closed, "SecurityPolicy")).toEqual([]);
  expect(kinds(closed, "Gateway")).toEqual([]);
  const open = await stack(both);
  expect(inputsOf(open, "SecurityPolicy").rules.at(-1)).toMatchObject({ action: "deny(403)" });
  expect(kinds(open, "HTTPRoute").map(({ spec }) => spec.hostnames)).toEqual([
    ["events.acme.example"],
    ["agents.acme.example"],
  ]);
  for (const { spec } of kinds(open, "GCPBackendPolicy")) expect(spec.default.securityPolicy).toBe("agentic");
});

it("exposes the console by TLS up to its pods, for streams that last, and lets nobody else in", async () => {
  const open = await stack(both);
  const named = (kind: string, name: string) => kinds(open, kind).find(({ metadata }) => metadata.name === name);
  const name = "agentic-console";
  expect(named("HTTPRoute", name)?.metadata.namespace).toBe("agentic-system");
  expect(named("HTTPRoute", name)?.spec.rules).toEqual([{ backendRefs: [{ name, port: 8443 }] }]);
  expect(named("Service", name)?.spec.ports[0]).toMatchObject({ port: 8443, appProtocol: "HTTPS" });
  expect(named("HealthCheckPolicy", name)?.spec.default.config).toEqual({
    type: "HTTPS",
    httpsHealthCheck: { port: 8443, requestPath: "/" },
  });
  expect(named("GCPBackendPolicy", name)?.spec.default.timeoutSec).toBe(3600);
  expect(named("NetworkPolicy", `${name}-from-gateway`)?.spec).toMatchObject({
    podSelector: { matchLabels: { "app.kubernetes.io/name": name } },
    ingress: [
      {
        from: [{ ipBlock: { cidr: "35.191.0.0/16" } }, { ipBlock: { cidr: "130.211.0.0/22" } }],
        ports: [{ protocol: "TCP", port: 8443 }],
      },
    ],
  });
  const [gate] = inputsOfKind(open, "Firewall").filter(({ name: rule }) => rule.endsWith("allow-load-balancers-in"));
  expect(gate?.allows).toEqual([{ protocol: "tcp", ports: ["12000", "8443"] }]);
  const env = named("Deployment", name)?.spec.template.spec.containers[0].env;
  expect(env).toContainEqual({ name: "PUBLIC_URL", value: "https://agents.acme.example" });
  const operator = named("Deployment", "agentic-operator")?.spec.template.spec.containers[0].env;
  expect(operator).toContainEqual({ name: "CONSOLE_URL", value: "https://agents.acme.example" });
});

it("says in its outputs where the console is exposed", async () => {
  await stack({ console: "agents.acme.example" });
  expect(endpoints.console).toBe("https://agents.acme.example");
});
