// Images that accounts of a cluster sign without keys: Fulcio, Rekor, the API server's tokens and the policy controller, all real.
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policyControllerPart } from "../../../components/security/policy-controller.ts";
import { apply, kubectl } from "../../../embedded/cli/cluster.ts";
import { signKeyless } from "../../../embedded/images/publish/keyless.ts";
import type { Registry } from "../../../embedded/images/publish/registry.ts";
import { getSignatures, manifestType, putSignatures, signatureTag } from "../../../embedded/images/publish/signing.ts";
import { policyControllerBuild } from "../../../embedded/images/recipes/go.ts";
import { sha256 } from "../../../embedded/images/store.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { mock, objects, program } from "../../unit/components/program.ts";
import { type ApiServer, startApiServer } from "../apiserver.ts";
import { startRegistry, type TestRegistry } from "./local-registry.ts";
import { audience, type RunningSigstore, startSigstore } from "./sigstore.ts";

const repository = "acme/app";
/** The controller's own flag for another one has no effect: its options are copied before the flags are read. */
const controllerPort = 8443;
const folder = mkdtempSync(join(tmpdir(), "keyless-"));
const children: ChildProcess[] = [];
let server: ApiServer;
let ours: RunningSigstore;
let strangers: RunningSigstore;
let local: TestRegistry;
let registry: Registry;
let host: string;

const account = (name: string) => `https://kubernetes.io/namespaces/builds/serviceaccounts/${name}`;
const token = async (name: string, forAudience = audience) =>
  (await kubectl(server, ["create", "token", name, "-n", "builds", `--audience=${forAudience}`])).trim();

function start(command: string, args: string[], env: Record<string, string> = {}): void {
  const log = openSync(join(folder, `${children.length}.log`), "a");
  children.push(
    spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env },
    }),
  );
}

/** Repeats until it no longer throws, for half a minute. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(100);
    }
  }
}

/** Starts the policy controller with the objects that the stack's program has for it, as its account with its rights. */
async function startController(): Promise<void> {
  const all = await program({
    components: { policyController: { enabled: true, values: { internet: false, disableTuf: true, noMatch: "warn" } } },
    cluster: { apiServerCidrs: ["10.9.0.2/32"] },
    trustRoots: [
      {
        name: "ours",
        fulcio: { url: ours.fulcio, certificates: ours.certificates },
        rekor: { url: ours.rekor, publicKey: ours.logKey },
      },
    ],
    imagePolicies: [
      {
        name: "releases",
        images: [`${host}/**`],
        authorities: [
          {
            keyless: {
              ...{ issuer: server.url, subject: account("release") },
              ...{ url: ours.fulcio, transparencyLog: ours.rekor, trustRoot: "ours", certificateLog: false },
            },
          },
        ],
      },
    ],
  });
  const definitions = objects(all, "CustomResourceDefinition").filter(({ metadata }) =>
    metadata?.name.endsWith("policy.sigstore.dev"),
  );
  const trustObjects = [...objects(all, "ConfigMap"), ...objects(all, "Secret")].filter(
    ({ metadata }) => metadata?.namespace === "cosign-system",
  );
  const rights = ["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"].flatMap((kind) =>
    objects(all, kind).filter(({ metadata }) => metadata?.name === policyControllerPart),
  );
  await apply(server, [...definitions, ...trustObjects, ...rights]);
  await kubectl(server, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
  mkdirSync(join(folder, "home"));
  start(await ensureGoProgram(policyControllerBuild()), ["--disable-tuf"], {
    KUBECONFIG: await controllerKubeconfig(),
    SYSTEM_NAMESPACE: "cosign-system",
    CONFIG_LOGGING_NAME: "config-logging",
    CONFIG_OBSERVABILITY_NAME: "config-observability",
    METRICS_DOMAIN: "sigstore.dev/policy",
    WEBHOOK_NAME: "webhook",
    HOME: join(folder, "home"),
  });
  await apply(server, [...objects(all, "TrustRoot"), ...objects(all, "ClusterImagePolicy")]);
  const kinds = ["trustroot/ours", "clusterimagepolicy/releases"];
  await kubectl(server, ["wait", "--for=condition=Ready", ...kinds, "--timeout=20s"]);
  await eventually(() => verdict(`${host}/${repository}@sha256:${"0".repeat(64)}`));
}

/** A kubeconfig of the controller's account. */
async function controllerKubeconfig(): Promise<string> {
  const token = (await kubectl(server, ["create", "token", policyControllerPart, "-n", "cosign-system"])).trim();
  const ca = Buffer.from(server.ca).toString("base64");
  const content = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "controller" },
    clusters: [{ name: "test", cluster: { server: server.url, "certificate-authority-data": ca } }],
    users: [{ name: "controller", user: { token } }],
    contexts: [{ name: "controller", context: { cluster: "test", user: "controller" } }],
  };
  const path = join(folder, "controller.kubeconfig");
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}

/** What the controller says of a pod with the image: nothing where it admits it. */
async function verdict(image: string): Promise<string> {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "one", namespace: "default" },
    spec: { containers: [{ name: "main", image }] },
  };
  const review = {
    ...{ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" },
    request: {
      ...{ uid: "1", operation: "CREATE", namespace: "default", name: "one", object },
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      userInfo: { username: "somebody" },
    },
  };
  const answer = await new Promise<unknown>((resolve, reject) => {
    // Its certificate has the name of the one that signed it, which OpenSSL takes for its own signature.
    const options = { host: "127.0.0.1", port: controllerPort, rejectUnauthorized: false, path: "/validations" };
    request({ ...options, method: "POST", headers: { "content-type": "application/json" } })
      .once("error", reject)
      .once("response", (response) => json(response).then(resolve, reject))
      .end(JSON.stringify(review));
  });
  const { allowed, status } = (answer as { response: { allowed: boolean; status?: { message?: string } } }).response;
  return allowed ? "" : (status?.message ?? "");
}

/** An image of its own in the registry. */
async function image(name: string) {
  const config = await registry.putBytes(
    repository,
    "application/vnd.oci.image.config.v1+json",
    Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } })),
  );
  const annotations = { "agentic.io/test": name };
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [], annotations };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = `sha256:${sha256(bytes)}`;
  await registry.putManifest(repository, digest, manifestType, bytes);
  return { registry, repository, digest, name: `${host}/${repository}` };
}

/** The authorities of both Sigstores' TLS. */
const both = () => `${ours.ca}\n${strangers.ca}`;
const refOf = ({ name, digest }: { name: string; digest: string }) => `${name}@${digest}`;

beforeAll(async () => {
  mock();
  server = await startApiServer({ publicIssuer: true });
  const named = (kind: string, name: string, namespace?: string) => ({
    ...{ apiVersion: "v1", kind },
    metadata: { name, ...(namespace ? { namespace } : {}) },
  });
  await apply(server, [named("Namespace", "builds"), named("Namespace", "cosign-system")]);
  await apply(server, [
    named("ServiceAccount", "release", "builds"),
    named("ServiceAccount", "other", "builds"),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "issuer" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "system:service-account-issuer-discovery",
      },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:unauthenticated" }],
    },
  ]);
  local = await startRegistry({ plain: true });
  ({ registry, host } = local);
  [ours, strangers] = await Promise.all([
    startSigstore(join(folder, "ours"), server),
    startSigstore(join(folder, "strangers"), server),
  ]);
  await startController();
});

afterAll(async () => {
  local?.stop();
  ours?.stop();
  strangers?.stop();
  for (const child of children) child.kill("SIGKILL");
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("an image that an account of the cluster signed", () => {
  it("is admitted where the policy names the account, and the certificate says who signed", async () => {
    const signed = await image("release");
    const certificate = await signKeyless(signed, await token("release"), ours);
    expect(certificate.subjectAltName).toBe(`URI:${account("release")}`);
    expect(await verdict(refOf(signed))).toBe("");
  });

  it("is refused where another account signed it", async () => {
    const signed = await image("other");
    await signKeyless(signed, await token("other"), ours);
    expect(await verdict(refOf(signed))).toMatch(/none of the expected identities matched/);
  });

  it("is refused unsigned", async () => {
    expect(await verdict(refOf(await image("unsigned")))).toMatch(/no signatures found/);
  });

  it("is refused where another Fulcio certified the account", async () => {
    const signed = await image("strange");
    await signKeyless(signed, await token("release"), { ...ours, fulcio: strangers.fulcio, ca: both() });
    expect(await verdict(refOf(signed))).toMatch(/certificate signed by unknown authority/);
  });

  it("is refused where another Rekor has it on record", async () => {
    const signed = await image("elsewhere");
    await signKeyless(signed, await token("release"), { ...ours, rekor: strangers.rekor, ca: both() });
    expect(await verdict(refOf(signed))).toMatch(/rekor log public key not found/);
  });

  it("is refused with the signature of another image", async () => {
    const [signed, another] = [await image("signed"), await image("another")];
    await signKeyless(signed, await token("release"), ours);
    const layers = await getSignatures(registry, repository, signatureTag(signed.digest));
    await putSignatures({ registry, repository, tag: signatureTag(another.digest), layers });
    expect(await verdict(refOf(another))).toMatch(/invalid or missing digest in claim/);
  });
});

describe("Fulcio", () => {
  it("certifies nobody by a token that is for somebody else", async () => {
    const signed = await image("audience");
    await expect(signKeyless(signed, await token("release", "vault"), ours)).rejects.toThrow(
      /signingCert: 400: There was an error processing the identity token/,
    );
  });

  it("certifies nobody by what is no token", async () => {
    await expect(signKeyless(await image("none"), "abc", ours)).rejects.toThrow(/not a JSON Web Token/);
  });
});

describe("the policy controller", () => {
  it("asks for nothing that its account may not", () => {
    const logs = globSync("*.log", { cwd: folder }).map((name) => readFileSync(join(folder, name), "utf8"));
    const refused = logs.flatMap((log) => log.match(/[^\n]*is forbidden[^\n]*/g) ?? []);
    expect(refused).toEqual([]);
    expect(logs.join("")).toContain("cosign-system");
  });
});
