// `SIGSTORE=1 make up`: accounts of the cluster sign images by their tokens, and the policy controller admits them by the cluster's root.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryHost } from "../../../components/data/registry-names.ts";
import { fulcioPart, rekorPart, rekorUrl, sigstoreImage } from "../../../components/security/sigstore-names.ts";
import { apply, forward, get, kubectl } from "../../../embedded/cli/cluster.ts";
import { type Sigstore, signKeyless } from "../../../embedded/images/publish/keyless.ts";
import { dryRun, openRegistry, pod, podSpec, repository, type TestRegistry } from "./image-variants.ts";
import { eventually, platform } from "./platform.ts";

const builds = "keyless-builds";
/** The registry by another of its names, for which the machine's policies don't ask. */
const name = registryHost.replace(".svc:", ".svc.cluster.local:").concat(`/${repository}`);
const issuer = "https://kubernetes.default.svc.cluster.local";
const account = (of: string) => `https://kubernetes.io/namespaces/${builds}/serviceaccounts/${of}`;
const forwards: AsyncDisposable[] = [];
let registry: TestRegistry;
let sigstore: Sigstore;

/** Does what `make up` does on the running instance. */
async function bringUp(keyless: boolean): Promise<void> {
  process.env.INSTANCE = "e2e";
  process.env.SIGSTORE = keyless ? "1" : "";
  // The instance's name is read as the modules load.
  const { platformSteps } = await import("../../../embedded/cli/up.ts");
  const { runSteps } = await import("../../../embedded/cli/tasks.ts");
  await runSteps(platformSteps({}));
}

const tokenOf = async (of: string, audience = "sigstore") =>
  (await kubectl(platform, ["create", "token", of, "-n", builds, `--audience=${audience}`])).trim();

/** An image of its own, signed by an account. */
async function signedBy(of: string, tag: string): Promise<string> {
  const digest = await registry.variant(tag);
  await signKeyless({ ...registry.image(digest), name }, await tokenOf(of), sigstore);
  return `${name}@${digest}`;
}

/** The image with which the API server would make a pod in a tenant's namespace. */
const imageOf = async (image: string) => (await dryRun(pod([image]))).spec.containers[0]?.image;

async function forwarded(part: string): Promise<string> {
  const local = await forward(platform, "cosign-system", `deployment/${part}`, sigstoreImage.port);
  forwards.push(local);
  return `https://localhost:${local.port}`;
}

const policy = {
  ...{ apiVersion: "policy.sigstore.dev/v1beta1", kind: "ClusterImagePolicy", metadata: { name: "keyless-test" } },
  spec: {
    images: [{ glob: `${name.split("/")[0]}/**` }],
    authorities: [
      {
        name: "release",
        keyless: {
          url: "https://fulcio.cosign-system.svc",
          identities: [{ issuer, subject: account("release") }],
          trustRootRef: "cluster",
          insecureIgnoreSCT: true,
        },
        ctlog: { url: rekorUrl, trustRootRef: "cluster" },
      },
    ],
  },
};

beforeAll(async () => {
  await bringUp(true);
  const accountOf = (of: string) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: of, namespace: builds },
  });
  await apply(platform, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: builds } }]);
  await apply(platform, [accountOf("release"), accountOf("other"), policy]);
  await kubectl(platform, ["wait", "--for=condition=Ready", "clusterimagepolicy/keyless-test", "--timeout=30s"]);
  const secret = await get(platform, "secret", "fulcio-tls", "cosign-system");
  const ca = Buffer.from(secret?.data?.["ca.crt"] ?? "", "base64").toString();
  sigstore = { fulcio: await forwarded(fulcioPart), rekor: await forwarded(rekorPart), ca };
  registry = await openRegistry();
});

afterAll(async () => {
  await registry?.close();
  await Promise.all(forwards.map((local) => local[Symbol.asyncDispose]()));
  await kubectl(platform, ["delete", "clusterimagepolicy", "keyless-test", "--ignore-not-found"]);
  await kubectl(platform, ["delete", "namespace", builds, "--ignore-not-found", "--wait=false"]);
  await bringUp(false);
});

describe("in a tenant's namespace", () => {
  it("an image runs that the policy's account signed, and no other: another's, unsigned, or with its signature moved", async () => {
    const byRelease = await signedBy("release", "by-release");
    expect(await imageOf(byRelease)).toBe(byRelease);
    const byOther = await signedBy("other", "by-other");
    await expect(dryRun(pod([byOther]))).rejects.toThrow(
      new RegExp(`keyless-test[\\s\\S]*none of the expected identities matched[\\s\\S]*${account("other")}`),
    );
    const unsigned = `${name}@${await registry.variant("by-nobody")}`;
    await expect(dryRun(pod([unsigned]))).rejects.toThrow(/keyless-test[\s\S]*no signatures found/);
  });

  it("an image that was signed before Fulcio and Rekor started anew is admitted still", async () => {
    const signed = await signedBy("release", "before");
    for (const part of [fulcioPart, rekorPart]) {
      await kubectl(platform, ["rollout", "restart", `deployment/${part}`, "-n", "cosign-system"]);
      await kubectl(platform, ["rollout", "status", `deployment/${part}`, "-n", "cosign-system", "--timeout=90s"]);
    }
    expect(await imageOf(signed)).toBe(signed);
    sigstore = { ...sigstore, fulcio: await forwarded(fulcioPart), rekor: await forwarded(rekorPart) };
    const after = await signedBy("release", "after");
    expect(await imageOf(after)).toBe(after);
  });
});

describe("Fulcio", () => {
  it("certifies nobody by a token that the API server issued for somebody else", async () => {
    const image = { ...registry.image(registry.archive.digest), name };
    await expect(signKeyless(image, await tokenOf("release", "vault"), sigstore)).rejects.toThrow(
      /signingCert: 400: There was an error processing the identity token/,
    );
  });

  it("and Rekor are out of reach for pods of namespaces that the config doesn't name", async () => {
    const script = `
      const net = require("node:net");
      const connect = (host) => new Promise((resolve) => {
        const socket = net.connect(443, host, () => resolve("open"));
        socket.once("error", ({ code }) => resolve(code)).setTimeout(3000, () => resolve("dropped"));
      });
      Promise.all(["fulcio.cosign-system.svc", "rekor.cosign-system.svc", "kubernetes.default.svc"].map(connect))
        .then((all) => { console.log(all.join(" ")); process.exit(); });`;
    const spec = podSpec([platform.images.agents]);
    const [container] = spec.containers;
    const probe = {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "probe", namespace: builds } },
      spec: { ...spec, containers: [{ ...container, command: ["node", "-e", script], resources: {} }] },
    };
    await apply(platform, [probe]);
    const answer = await eventually("answer", async () => {
      const log = await kubectl(platform, ["logs", "probe", "-n", builds]).catch(() => "");
      return log.trim() || undefined;
    });
    expect(answer).toMatch(/^(dropped|ECONNREFUSED) (dropped|ECONNREFUSED) open$/);
  });
});
