// The support bundle has what a maintainer needs, and none of the secrets that stand in everything it is made of.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Scrubber } from "../../../cli/bundle/scrub.ts";
import type { Cluster } from "../operator/cluster.ts";
import { at, pod, startInstallation, TENANT } from "./installation.ts";
import { agentic, People } from "./people.ts";

let cluster: Cluster;
let people: People;
beforeAll(async () => {
  cluster = await startInstallation();
  people = new People(cluster.kubeconfig);
  await plant();
});
afterAll(async () => {
  people?.remove();
  await cluster?.stop();
});

/** One for each place. */
const planted = {
  secret: "Wx7-in-a-secret",
  configMap: "Wx7-in-a-configmap",
  env: "Wx7-in-an-env",
  argument: "Wx7-in-an-argument",
  annotation: "Wx7-in-an-annotation",
  objective: "Wx7 what is asked",
  parameter: "Wx7-in-a-parameter",
  page: "Wx7-in-a-url",
  event: "Wx7-in-an-event",
  lastWords: "Wx7-last-words",
};

async function plant(): Promise<void> {
  const { client } = cluster;
  const secret = { metadata: { name: "litellm" }, stringData: { "api-key": planted.secret, user: TENANT } };
  await client.create(at("v1", "secrets", TENANT), secret);
  await client.patch(at("v1", "configmaps", TENANT, "agentic-tenant"), { data: { postgres_dsn: planted.configMap } });
  const metadata = { name: "planted", annotations: { "example.com/note": planted.annotation } };
  const { spec } = pod("planted") as { spec: { containers: object[] } };
  const containers = spec.containers.map((container) => ({
    ...container,
    args: ["serve", planted.argument],
    env: [{ name: "SOME_SETTING", value: planted.env }],
  }));
  await client.create(at("v1", "pods", TENANT), { metadata, spec: { ...spec, containers } });
  await client.patch(`${at("v1", "pods", TENANT, "planted")}/status`, {
    status: {
      phase: "Failed",
      containerStatuses: [
        {
          ...{ name: "main", image: "x", imageID: "", ready: false, restartCount: 0 },
          state: { terminated: { exitCode: 1, reason: "Error", message: planted.lastWords } },
        },
      ],
    },
  });
  await client.create(at("agentic.io/v1alpha1", "agentworkloads", TENANT), {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name: "planted" },
    spec: {
      objective: planted.objective,
      targetUrls: [`https://example.com/?key=${planted.page}`],
      parameters: { depth: planted.parameter },
      notify: [{ url: `https://hooks.example.com/${planted.page}` }],
    },
  });
  await event("planted", `the gateway refuses password=${planted.event}, api_key: ${planted.secret}`);
}

const event = (name: string, message: string) =>
  cluster.client.create(at("v1", "events", TENANT), {
    metadata: { name },
    involvedObject: { kind: "Pod", name: "planted", namespace: TENANT },
    reason: "Refused",
    message,
    type: "Warning",
  });

async function filesOf(path: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const archive = createReadStream(path).pipe(createGunzip()).pipe(extract());
  for await (const entry of archive) files.set(entry.header.name.replace(/^agentic-support\//, ""), await text(entry));
  return files;
}

const leaks = (files: Map<string, string>): string[] =>
  [...files].flatMap(([path, content]) =>
    Object.entries(planted).flatMap(([place, secret]) =>
      content.includes(secret) || content.includes(Buffer.from(secret).toString("base64"))
        ? [`${place} in ${path}`]
        : [],
    ),
  );

describe("a bundle", () => {
  test("of an administrator has each namespace's objects, and no secret", async () => {
    // Who may read the Secret hides its value wherever it stands.
    await event("bare", `it knows nobody called ${planted.secret}`);
    const path = people.file("bundle.tar.gz", "");
    const run = await agentic(["support-bundle", "-n", TENANT, "-o", path], { KUBECONFIG: cluster.kubeconfig });
    expect([run.code, run.err]).toEqual([0, ""]);
    await cluster.client.delete(at("v1", "events", TENANT, "bare"));
    const files = await filesOf(path);
    expect(leaks(files)).toEqual([]);
    const content = (name: string) => files.get(name) ?? "";
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        ...["README.txt", "doctor.txt", "doctor.json", "versions.json", "cluster/namespaces.yaml"],
        `namespaces/${TENANT}/agentworkloads.yaml`,
        "namespaces/agentic-system/deployments.yaml",
      ]),
    );
    expect([...files.keys()].filter((name) => /secrets/.test(name))).toEqual([]);
    const [theirs] = parse(content(`namespaces/${TENANT}/pods.yaml`)).items;
    expect(theirs).toMatchObject({
      metadata: { name: "planted", annotations: ["example.com/note"] },
      spec: { containers: [{ args: "(left out)", env: [{ name: "SOME_SETTING" }] }] },
      status: { containerStatuses: [{ state: { terminated: { exitCode: 1, reason: "Error" } } }] },
    });
    expect(content(`namespaces/${TENANT}/events.yaml`)).toContain(
      "the gateway refuses password=(hidden), api_key: (hidden)",
    );
    expect(parse(content(`namespaces/${TENANT}/agentworkloads.yaml`)).items[0].spec.targetUrls).toEqual([
      "https://example.com/(left out)",
    ]);
    expect(JSON.parse(content("versions.json"))).toMatchObject({ server: { major: "1" } });
  });

  test("of a tenant's administrator has what they may see, and says what is missing", async () => {
    const path = join(people.file("of-tara", ""), "..", "tara.tar.gz");
    const run = await people.run("tara", TENANT, ["support-bundle", "-o", path]);
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(run.out).toMatch(/not looked at, by your rights: \d+ kinds/);
    const files = await filesOf(path);
    expect(leaks(files)).toEqual([]);
    expect([...files.keys()].filter((name) => name.startsWith("namespaces/agentic-system/"))).toEqual([]);
    expect(files.get("README.txt")).toContain("secrets in tenant-acme: you may not read them");
  });
});

describe("text of logs", () => {
  test.each([
    ["Authorization: Bearer abcdefgh12345678", "abcdefgh"],
    ['{"msg":"no","apiKey":"Zx9-hidden"}', "Zx9"],
    ['{"msg":"{\\"password\\":\\"Zx9-hidden\\"}"}', "Zx9"],
    ["postgresql://tenant:Zx9-hidden@postgres:5432/db", "Zx9"],
    ["GET https://example.com/a?sig=Zx9hidden 200", "Zx9"],
    ["key sk-abcdefghij0123456789", "abcdefghij"],
    ["-----BEGIN EC PRIVATE KEY-----\nZx9\n-----END EC PRIVATE KEY-----", "Zx9"],
    ["eyJhbGciOi.eyJzdWIiOi.c2ln", "eyJ"],
  ])("%s is without its secret", (line, secret) => {
    const shown = new Scrubber().text(line);
    expect(shown).not.toContain(secret);
    expect(shown).toContain("(hidden)");
  });

  test("keeps what isn't secret", () => {
    const line =
      '{"time":1764460000000,"level":"info","workload":"tenant-demo/prices","tokens":12,"msg":"gate decided"}';
    expect(new Scrubber().text(line)).toBe(line);
  });
});
