// Sign-in by OpenID Connect: a real issuer, an API server that takes its tokens, and the console as the program that it is.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@agentic/kube/client/client.ts";
import { fetchTrusting } from "@agentic/kube/connection/fetch.ts";
import { connectionOf } from "@agentic/kube/kubeconfig/connection.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PATHS, type Session } from "../../../console/contract.ts";
import { ensureBinaries } from "../../../embedded/node/build.ts";
import { issueCertificates } from "../../../embedded/node/pki.ts";
import { type ApiServer, startApiServer } from "../apiserver.ts";
import { until } from "../operator/cluster.ts";
import { freePorts } from "../ports.ts";
import { type Claims, startIssuer, Visitor } from "./issuer.ts";

const people: Record<string, Claims> = {
  ann: { email: "ann@acme.example", email_verified: true, groups: ["reviewers"] },
  // The API server takes nobody's name for theirs that the issuer hasn't made sure of.
  eve: { email: "ann@acme.example", email_verified: false, groups: ["reviewers"] },
};
const client = { id: "agentic-console", secret: "a secret of the console and the issuer" };

const dir = mkdtempSync(join(tmpdir(), "oidc-"));
let ca = "";
let origin = "";
let server: ApiServer;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let running: ChildProcess;
let output = "";

beforeAll(async () => {
  const bin = await ensureBinaries();
  await issueCertificates(bin, {
    dir,
    keys: [],
    certificates: [{ name: "issuer", commonName: "issuer", hosts: ["127.0.0.1"] }],
  });
  ca = readFileSync(join(dir, "ca.crt"), "utf8");
  const [issuerPort = 0, port = 0, checksPort = 0] = await freePorts(3);
  origin = `http://127.0.0.1:${port}`;
  issuer = await startIssuer(issuerPort, {
    dir,
    client: { ...client, redirectUri: `${origin}${PATHS.oidcCallback}` },
    people,
  });
  server = await startApiServer({
    flags: [
      `--oidc-issuer-url=${issuer.url}`,
      `--oidc-client-id=${client.id}`,
      `--oidc-ca-file=${join(dir, "ca.crt")}`,
      "--oidc-username-claim=email",
      "--oidc-groups-claim=groups",
    ],
  });
  await giveRights(server);
  writeFileSync(join(dir, "session"), "a secret of which nobody knows anything");
  writeFileSync(join(dir, "client"), client.secret);
  running = spawn(process.execPath, [join(import.meta.dirname, "../../../console/main.ts")], {
    env: {
      PATH: process.env.PATH,
      KUBECONFIG: server.kubeconfig,
      PORT: String(port),
      CHECKS_PORT: String(checksPort),
      PUBLIC_URL: origin,
      SESSION_KEY_FILE: join(dir, "session"),
      TENANT_NAMESPACES: "tenant-a,tenant-b",
      OIDC_ISSUER: issuer.url,
      OIDC_CLIENT_ID: client.id,
      OIDC_CLIENT_SECRET_FILE: join(dir, "client"),
      OIDC_NAME: "Acme",
      OIDC_SCOPES: "openid email groups",
      OIDC_CA_FILE: join(dir, "ca.crt"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [running.stdout, running.stderr])
    stream?.setEncoding("utf8").on("data", (data) => {
      output += data;
    });
  await until("the console's start", async () => {
    if (running.exitCode !== null) throw new Error(output);
    return output.includes('"msg":"started"') ? true : undefined;
  });
}, 120_000);

afterAll(async () => {
  running?.kill();
  await Promise.all([issuer?.stop(), server?.stop()]);
  rmSync(dir, { recursive: true });
});

/** The issuer's group may read workloads of one of the two tenants. */
async function giveRights({ kubeconfig }: ApiServer): Promise<void> {
  const admin = new Client(connectionOf({ kubeconfig, env: {} }));
  const api = "rbac.authorization.k8s.io";
  await admin.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "tenant-a" } });
  const roles = `/apis/${api}/v1/namespaces/tenant-a`;
  await admin.create(`${roles}/roles`, {
    apiVersion: `${api}/v1`,
    kind: "Role",
    metadata: { name: "viewer" },
    rules: [{ apiGroups: ["agentic.io"], resources: ["agentworkloads"], verbs: ["get", "list"] }],
  });
  await admin.create(`${roles}/rolebindings`, {
    apiVersion: `${api}/v1`,
    kind: "RoleBinding",
    metadata: { name: "reviewers" },
    roleRef: { apiGroup: api, kind: "Role", name: "viewer" },
    subjects: [{ apiGroup: api, kind: "Group", name: "reviewers" }],
  });
  await admin.destroy();
}

/** Begins at the console, signs in at the issuer's, and stops before the console is told the code. */
async function signedInAtIssuer(visitor: Visitor, account: string, page = "/"): Promise<string> {
  const begun = await visitor.open(`${origin}${PATHS.oidcSignIn}?return=${encodeURIComponent(page)}`);
  expect(begun.location).toMatch(new RegExp(`^${issuer.url}/auth\\?.*code_challenge_method=S256`));
  return (await visitor.signInAs(account, begun, origin)).location ?? "";
}

const sessionOf = async (visitor: Visitor): Promise<Session> =>
  JSON.parse((await visitor.open(`${origin}${PATHS.session}`)).body) as Session;

test("somebody who signs in at the issuer's has the rights of the groups that it says, and is back where they wanted to go", async () => {
  const ann = new Visitor(ca);
  expect(await sessionOf(ann)).toMatchObject({ signedIn: false, ways: { oidc: { name: "Acme", issuer: issuer.url } } });
  const back = await ann.open(await signedInAtIssuer(ann, "ann", "/workloads/tenant-a/prices"));
  expect(back.location).toBe(`${origin}/workloads/tenant-a/prices`);
  const session = await sessionOf(ann);
  expect(session).toMatchObject({
    signedIn: true,
    user: expect.stringMatching(/ann@acme\.example$/),
    groups: expect.arrayContaining(["reviewers"]),
    tenants: [{ namespace: "tenant-a", see: true, submit: false, approve: false }],
  });
  // Nothing that signs in is in the log.
  expect(output).toContain('"way":"oidc"');
  for (const part of [client.secret, "eyJ", "code="]) expect(output).not.toContain(part);
});

test("the issuer is trusted by its own authority, and by no other", async () => {
  const address = `${issuer.url}/.well-known/openid-configuration`;
  await expect(fetch(address)).rejects.toMatchObject({ cause: { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" } });
  expect((await fetchTrusting(ca)(address)).status).toBe(200);
  const other = mkdtempSync(join(dir, "other-"));
  await issueCertificates(await ensureBinaries(), { dir: other, keys: [], certificates: [] });
  const elsewhere = fetchTrusting(readFileSync(join(other, "ca.crt"), "utf8"));
  await expect(elsewhere(address)).rejects.toMatchObject({
    cause: { code: expect.stringMatching(/^(UNABLE_TO|CERT_)/) },
  });
});

test("somebody whom the issuer knows and the cluster doesn't isn't signed in, and is told so", async () => {
  const eve = new Visitor(ca);
  const back = await eve.open(await signedInAtIssuer(eve, "eve"));
  expect(back.location).toBe(`${origin}/sign-in?refused=cluster`);
  expect(await sessionOf(eve)).toMatchObject({ signedIn: false });
});

test("a code that another browser was given signs nobody in", async () => {
  const address = await signedInAtIssuer(new Visitor(ca), "ann");
  const other = new Visitor(ca);
  expect(await other.open(address)).toMatchObject({ status: 403, body: expect.stringContaining('"code":"csrf"') });
  // Nor in a browser that has begun a sign-in of its own: its state is another.
  await other.open(`${origin}${PATHS.oidcSignIn}`);
  expect(await other.open(address)).toMatchObject({ status: 403 });
  expect(await sessionOf(other)).toMatchObject({ signedIn: false });
});

test("a code signs in once", async () => {
  const ann = new Visitor(ca);
  const address = await signedInAtIssuer(ann, "ann");
  expect(await ann.open(address)).toMatchObject({ location: `${origin}/` });
  expect((await ann.open(address)).status).toBe(403);
});

test.each(["https://evil.example/", "//evil.example", "/\\evil.example"])(
  "nobody is led to another site: %s",
  async (page) => {
    const ann = new Visitor(ca);
    expect((await ann.open(await signedInAtIssuer(ann, "ann", page))).location).toBe(`${origin}/`);
  },
);
