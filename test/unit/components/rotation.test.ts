// The generations of passwords and tokens in the platform's objects: what servers take, what agents get, what the deployer may delete.
import { stepKey } from "@agentic/api/budget-claim.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { randomCredential } from "../../../components/security/credential.ts";
import { generationName } from "../../../components/security/generation.ts";
import { rotated } from "../../../stacks/config/rotation.ts";
import { type KubeObject, mock, objects, program, type Registered, registeredSoFar } from "./program.ts";

const all = (generation: number, keepPrevious: boolean) =>
  program({
    workflowEngine: "argo",
    eventEngine: "builtin",
    tenants: [{ name: "demo" }],
    rotation: Object.fromEntries(rotated.map((name) => [name, { generation, keepPrevious }])),
  });
const find = (platform: readonly Registered[], kind: string, name: string, namespace?: string) =>
  objects(platform, kind).find(
    ({ metadata }) => metadata?.name === name && (!namespace || metadata.namespace === namespace),
  ) as KubeObject;
const secret = (platform: readonly Registered[], name: string, namespace?: string) =>
  find(platform, "Secret", name, namespace)?.stringData;

let first: Registered[];
let resourcesDuring: Registered[];
let after: Registered[];
beforeAll(async () => {
  mock();
  [first, resourcesDuring, after] = [await all(1, false), await all(2, true), await all(2, false)];
}, 60_000);

describe("agents", () => {
  it("get the first generation under the names of releases that had no other", () => {
    expect(secret(first, "object-store", "tenant-demo")).toMatchObject({ "access-key": "tenant-demo" });
    expect(secret(first, "postgres", "tenant-demo")).toEqual({ password: "random-value-of-demo-postgres" });
    expect(find(first, "Secret", "postgres", "tenant-demo").metadata).not.toHaveProperty(
      "annotations.agentic.io/generation",
    );
  });

  it.each([
    ["while both are good", () => resourcesDuring],
    ["once the old ones are not", () => after],
  ])("get the next one %s, each with the login that it is of", (_, platform) => {
    const current = platform();
    expect(secret(current, "object-store", "tenant-demo")).toEqual({
      "access-key": "tenant-demo.2",
      "secret-key": "random-value-of-demo-object-store.2",
    });
    expect(secret(current, "postgres", "tenant-demo")).toMatchObject({
      user: "tenant-demo.2",
      password: "random-value-of-demo-postgres.2",
    });
    expect(secret(current, "litellm", "tenant-demo")).toEqual({
      "api-key": "sk-random-value-of-demo-litellm.2",
      "step-key": stepKey("sk-random-value-of-demo-litellm.2"),
    });
    for (const name of ["object-store", "postgres", "litellm", "browserless"])
      expect(find(current, "Secret", name, "tenant-demo").metadata).toMatchObject({
        annotations: { "agentic.io/generation": "2" },
      });
  });
});

/** What each server takes, as the names of the random values. */
const tokens = (platform: readonly Registered[]) => ({
  postgres: secret(platform, "postgres-tenants")
    .tenants.trim()
    .split("\n")
    .map((line: string) => line.split(" ")[0]),
  minio: secret(platform, "minio-users").users.trim().split("\n"),
  litellm: JSON.parse(secret(platform, "litellm-keys")["keys.json"]).map(({ key }: { key: string }) => key),
  events: Object.keys(secret(platform, "webhook", "argo-events")),
  accounts: objects(platform, "Secret")
    .filter(({ type }) => type === "kubernetes.io/service-account-token")
    .map(({ metadata }) => metadata?.name)
    .sort(),
});

describe("the model gateway's budgets", () => {
  const gatewayEnv = (platform: readonly Registered[]) => {
    const [container] = find(platform, "Deployment", "litellm").spec.template.spec.containers;
    return Object.fromEntries(container.env.map(({ name, value }: { name: string; value: string }) => [name, value]));
  };

  it("are held in a database of its own, by the login in use, and known by claims of the operator's key", () => {
    expect(gatewayEnv(resourcesDuring)).toMatchObject({
      PGHOST: "postgres.shared-services",
      PGUSER: "model-gateway.2",
      PGDATABASE: "model-gateway",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/etc/secrets/ca/ca.crt",
      LEDGER_HOLD_SECONDS: "480",
    });
    const keys = secret(resourcesDuring, "litellm-keys");
    expect(keys["ledger-password"]).toBe("random-value-of-model-gateway-postgres.2");
    const operators = secret(resourcesDuring, "budget-claims", "agentic-system").key;
    expect(operators).toBe("random-value-of-budget-claims.2");
    expect(JSON.parse(keys["claim-keys.json"])).toEqual([operators, "random-value-of-budget-claims"]);
    expect(JSON.parse(secret(after, "litellm-keys")["claim-keys.json"])).toEqual([operators]);
  });

  it("are in the database that the operator records costs in, by the same login and over TLS", () => {
    const { containers, volumes } = find(resourcesDuring, "Deployment", "agentic-operator").spec.template.spec;
    const entries = containers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]);
    expect(Object.fromEntries(entries)).toMatchObject({
      PGHOST: "postgres.shared-services",
      PGUSER: "model-gateway.2",
      PGDATABASE: "model-gateway",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/etc/secrets/ca/ca.crt",
      LEDGER_PASSWORD_FILE: "/etc/secrets/ledger/ledger-password",
    });
    expect(JSON.stringify(volumes)).toContain("cost-ledger");
    const files = secret(resourcesDuring, "cost-ledger", "agentic-system");
    expect(files).toEqual({ "ledger-password": "random-value-of-model-gateway-postgres.2" });
    const operators = JSON.stringify(find(resourcesDuring, "NetworkPolicy", "agentic-operator").spec.egress);
    expect(operators).toContain('"app.kubernetes.io/name":"postgres"');
    expect(JSON.stringify(find(resourcesDuring, "NetworkPolicy", "postgres").spec.ingress)).toContain(
      "agentic-operator",
    );
  });
});

describe("servers", () => {
  it("take the one generation that there is", () => {
    expect(tokens(first)).toEqual({
      postgres: ["tenant-demo", "model-gateway", "argo"],
      minio: ["tenant-demo artifacts"],
      litellm: ["sk-random-value-of-demo-litellm"],
      events: ["demo"],
      accounts: ["agent-executor.service-account-token", "tenant-user-token"],
    });
  });

  it("take both while the one before is kept", () => {
    expect(tokens(resourcesDuring)).toEqual({
      postgres: ["tenant-demo.2", "tenant-demo", "model-gateway.2", "model-gateway", "argo.2", "argo"],
      minio: ["tenant-demo.2 artifacts", "tenant-demo artifacts"],
      litellm: ["sk-random-value-of-demo-litellm.2", "sk-random-value-of-demo-litellm"],
      events: ["demo", "demo.previous"],
      accounts: [
        "agent-executor.service-account-token",
        "agent-executor.service-account-token.2",
        "tenant-user-token",
        "tenant-user-token.2",
      ],
    });
  });

  it("take the next one alone at the end", () => {
    expect(tokens(after)).toEqual({
      postgres: ["tenant-demo.2", "model-gateway.2", "argo.2"],
      minio: ["tenant-demo.2 artifacts"],
      litellm: ["sk-random-value-of-demo-litellm.2"],
      events: ["demo"],
      accounts: ["agent-executor.service-account-token.2", "tenant-user-token.2"],
    });
  });

  it("that have one password at a time have the next one, and the set-up can still log in to Postgres", () => {
    for (const platform of [resourcesDuring, after]) {
      expect(secret(platform, "minio-root").password).toBe("random-value-of-minio-root.2");
      expect(secret(platform, "litellm-keys")["master-key"]).toBe("sk-random-value-of-litellm-master-key.2");
      expect(secret(platform, "postgres-tenants")).toMatchObject({
        admin: "random-value-of-postgres-superuser.2",
        previous: "random-value-of-postgres-superuser",
      });
    }
  });
});

it("Argo opens its archive by the next login, finds the next token, and reads both anew", () => {
  expect(secret(resourcesDuring, "argo-archive")).toMatchObject({
    username: "argo.2",
    password: "random-value-of-postgres-argo.2",
  });
  expect(find(resourcesDuring, "ServiceAccount", "agent-executor").metadata).toMatchObject({
    annotations: { "workflows.argoproj.io/service-account-token.name": "agent-executor.service-account-token.2" },
  });
  const checksums = [first, resourcesDuring].map(
    (platform) => find(platform, "Deployment", "workflow-controller").spec.template.metadata.annotations,
  );
  expect(checksums[0]).not.toEqual(checksums[1]);
});

it("no pod of Postgres starts again for a password: it would end what runs", () => {
  const template = (platform: Registered[]) => find(platform, "StatefulSet", "postgres").spec.template;
  expect(template(resourcesDuring)).toEqual(template(first));
});

describe("a credential", () => {
  it("has a resource for each generation that is good", async () => {
    const before = (await registeredSoFar()).length;
    const rotation = { generation: 3, keepPrevious: true };
    const { current, previous } = randomCredential("c", { length: 8, rotation });
    expect((await registeredSoFar()).slice(before).map(({ name }) => name)).toEqual(["c.3", "c.2"]);
    expect([current.generation, previous?.generation]).toEqual([3, 2]);
  });

  it("has the name alone in its first generation, as in releases that had no other", () => {
    expect([1, 2, 10].map((generation) => generationName("tenant-a", generation))).toEqual([
      "tenant-a",
      "tenant-a.2",
      "tenant-a.10",
    ]);
  });
});
