// The doctor finds each of the faults that are made on purpose, and says of a healthy installation that it is one.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { NAMESPACES } from "@agentic/api/names.ts";
import { Client } from "@agentic/kube/client/client.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { contract } from "../../../cli/doctor/checks/contract.ts";
import { examine, type Report } from "../../../cli/doctor/doctor.ts";
import { Sight } from "../../../cli/doctor/sight.ts";
import { type Cluster, until } from "../operator/cluster.ts";
import { type Fault, faults, faultsAreOf, OPERATOR, ready, remove } from "./doctor-faults.ts";
import { at, startInstallation, TENANT } from "./installation.ts";
import { agentic, People } from "./people.ts";

const { system, argoWorkflows } = NAMESPACES;
let cluster: Cluster;
let people: People;
beforeAll(async () => {
  cluster = await startInstallation();
  faultsAreOf(cluster);
  people = new People(cluster.kubeconfig);
});
afterAll(async () => {
  people?.remove();
  await cluster?.stop();
});

/** As the administrator. There is no node, so no pod can try anything: that is for the platform's own tests. */
const report = (): Promise<Report> =>
  examine({ client: cluster.client, connection: cluster.connection, namespace: TENANT, probe: false });

const found = async (): Promise<string[]> =>
  (await report()).answers.flatMap(({ check, findings }) =>
    findings.map(({ severity, where, what, fix }) => `${check} ${severity}: ${where}: ${what}: ${fix}`),
  );

test("a healthy installation has nothing wrong, and nothing that an administrator can't see", async () => {
  const { answers, user, namespaces } = await report();
  expect(answers.flatMap(({ findings, unseen }) => [...findings, ...unseen])).toEqual([]);
  expect(user).toBe("admin");
  expect(namespaces).toEqual(expect.arrayContaining([system, argoWorkflows, TENANT, "kube-system"]));
});

describe("finds", () => {
  test.each(Object.entries(faults))("%s, and nothing else", async (_, { make, mend, says }) => {
    await make();
    try {
      expect(await found()).toEqual([expect.stringMatching(says)]);
    } finally {
      await mend();
    }
  });

  test("an operator that isn't there at all", async () => {
    const { metadata, spec } = await cluster.client.get<{ metadata: { name: string }; spec: object }>(OPERATOR);
    await remove(OPERATOR);
    try {
      expect(await found()).toEqual([expect.stringMatching(/^components problem: .*there is no operator/)]);
    } finally {
      await cluster.client.create(at("apps/v1", "deployments", system), { metadata: { name: metadata.name }, spec });
      await ready(OPERATOR, 1);
    }
  });

  test("a clock that is wrong, by the time that the API server's answers have", async () => {
    const behind = await startLateServer(cluster, 90_000);
    try {
      const connection = { server: `http://127.0.0.1:${(behind.address() as AddressInfo).port}` };
      const client = new Client(connection);
      const { answers } = await examine({ client, connection, namespace: TENANT, probe: false });
      await client.destroy();
      const findings = answers.flatMap((answer) => answer.findings);
      expect(findings.map(({ what }) => what)).toEqual([
        expect.stringMatching(/^its clock is (89|90) s behind this machine's$/),
      ]);
    } finally {
      behind.close();
      behind.closeAllConnections();
    }
  });
});

describe("the command", () => {
  test("ends with 0 where nothing is wrong, for programs too", async () => {
    const env = { KUBECONFIG: cluster.kubeconfig };
    const text = await agentic(["doctor", "--no-probe", "-n", TENANT], env);
    expect([text.code, text.out, text.err]).toEqual([
      0,
      expect.stringMatching(/^fine: clock, contract, .*\n\n0 problems, 0 warnings$/m),
      "",
    ]);
  });

  test("ends with 6 where something is, with each finding's remedy", async () => {
    const { make, mend } = faults["an operator that isn't ready"] as Fault;
    await make();
    const run = await agentic(["doctor", "--no-probe", "-o", "yaml"], { KUBECONFIG: cluster.kubeconfig });
    await mend();
    expect(run.code).toBe(6);
    const { answers } = parse(run.out) as Report;
    expect(answers.find(({ check }) => check === "components")?.findings).toMatchObject([{ severity: "problem" }]);
  });

  test("looks at what a viewer of one tenant may see, and says what it could not look at", async () => {
    const run = await people.run("vera", TENANT, ["doctor"]);
    expect(run.err).toBe("");
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^fine: .*clock, contract, .*workloads$/m);
    for (const unseen of [
      "you may not list namespaces",
      "deployments in agentic-system: you may not read them",
      "secrets in tenant-acme: you may not read them",
      "isolation was not probed: you may not make pods in tenant-acme",
    ])
      expect(run.out).toContain(unseen);
  });

  test("finds for a tenant's administrator what is wrong with the tenant", async () => {
    const { make, mend } = faults["a quota that is nearly used"] as Fault;
    await make();
    const run = await people.run("tara", TENANT, ["doctor"]);
    await mend();
    expect([run.code, run.out]).toEqual([6, expect.stringContaining("10 of 10 pods are used")]);
  });

  test("says that the API server can't be reached, and how to start one", async () => {
    const server = { server: "http://127.0.0.1:9" };
    const contexts = [{ name: "a", context: { cluster: "a" } }];
    const config = { "current-context": "a", contexts, clusters: [{ name: "a", cluster: server }] };
    const run = await agentic(["doctor", "--kubeconfig", people.file("closed", JSON.stringify(config))]);
    expect([run.code, run.err]).toEqual([1, expect.stringMatching(/can't be reached.*\n.*make up/)]);
  });
});

/** Passes requests on to the API server as the administrator; its answers have a time that long ago. */
async function startLateServer({ client }: Cluster, ms: number): Promise<Server> {
  const server = createServer(async ({ method = "GET", url = "/" }, response) => {
    response.setHeader("date", new Date(Date.now() - ms).toUTCString()).setHeader("content-type", "application/json");
    const answer =
      method === "POST"
        ? client.create(url, { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" })
        : client.get(url);
    await answer.then(
      (body) => response.end(JSON.stringify(body)),
      (error: { status: number }) => response.writeHead(error.status).end("{}"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

// The definitions of a cluster can't be taken away here without its workloads.
test("finds an API server that serves no AgentWorkloads", async () => {
  const see = new Sight({ client: cluster.client, connection: cluster.connection, namespace: TENANT, spaces: [] });
  const crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workflowtemplates.argoproj.io";
  await remove(crd);
  const findings = await until("the definition to be gone", async () => {
    const all = await contract.look(see);
    return all.length > 0 ? all : undefined;
  });
  expect(findings).toMatchObject([{ severity: "problem", where: "workflowtemplates.argoproj.io" }]);
});
