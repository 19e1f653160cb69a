// Images in a tenant's namespace: who is admitted, who is refused, and what is said.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryHost, registryPart, registrySecret } from "../../../components/data/registry.ts";
import { apply, type Forward, forward, get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import type { Archive } from "../../../embedded/images/archive.ts";
import { buildImages } from "../../../embedded/images/images.ts";
import { publish } from "../../../embedded/images/publish/publish.ts";
import { Registry } from "../../../embedded/images/publish/registry.ts";
import { signImage, signingKey } from "../../../embedded/images/publish/signing.ts";
import { sha256 } from "../../../embedded/images/store.ts";
import { cacheDir, stateDir } from "../../../embedded/node/paths.ts";
import { namespace, platform } from "./platform.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const repository = "busybox";
const namespaceOutside = "images-outside";
const machineKey = signingKey(stateDir("image-signing.pem"));
let local: Forward;
let registry: Registry;
let signed: string;
let unsigned: string;
let signedByStranger: string;

interface Pod extends KubeObject {
  spec: { containers: { image: string }[] };
}

const container = (image: string) => ({
  name: "main",
  image,
  command: ["sh", "-c", "echo it runs"],
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "32Mi" } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
});

const podSpec = (images: string[]) => ({
  restartPolicy: "Never",
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  containers: images.map((image, i) => ({ ...container(image), name: `c${i}` })),
});

const pod = (images: string[], space = namespace, name = "images-dry-run") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: space, labels: { test: name } },
  spec: podSpec(images),
});

/** What the API server would make of it. */
async function dryRun(object: object): Promise<Pod> {
  return JSON.parse(
    await kubectl(platform, ["create", "--dry-run=server", "-o", "json", "-f", "-"], JSON.stringify(object)),
  );
}

/** The same image under another digest: nothing but an annotation is different. */
async function variant(archive: Archive, name: string): Promise<string> {
  const manifest = JSON.parse(String(await registry.manifest(repository, archive.digest)));
  const bytes = Buffer.from(JSON.stringify({ ...manifest, annotations: { "agentic.io/test": name } }));
  await registry.putManifest(repository, name, manifestType, bytes);
  return `sha256:${sha256(bytes)}`;
}

beforeAll(async () => {
  const secret = await get(platform, "secret", registrySecret, "shared-services");
  const ca = Buffer.from(secret?.data?.["ca.crt"] ?? "", "base64").toString();
  local = await forward(platform, "shared-services", `pod/${registryPart}-0`, 5000);
  registry = new Registry({ host: "127.0.0.1", port: local.port, name: registryHost, ca });
  const { archives } = await buildImages({ only: ["busybox"] });
  const archive = archives.find(({ ref }) => ref.startsWith("registry.local/busybox")) as Archive;
  await publish([archive], { registry, host: registryHost, key: machineKey });
  const name = `${registryHost}/${repository}`;
  const stranger = signingKey(cacheDir("test", "stranger.pem"));
  const digest = await variant(archive, "strange");
  await signImage({ registry, repository, digest, name }, stranger);
  signed = `${name}@${archive.digest}`;
  unsigned = `${name}@${await variant(archive, "unsigned")}`;
  signedByStranger = `${name}@${digest}`;
  await apply(platform, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceOutside } }]);
});

afterAll(async () => {
  registry?.close();
  await local?.[Symbol.asyncDispose]();
  await kubectl(platform, ["delete", "pod", "images-test", "-n", namespace, "--ignore-not-found"]);
  await kubectl(platform, ["delete", "namespace", namespaceOutside, "--ignore-not-found", "--wait=false"]);
});

describe("in a tenant's namespace", () => {
  it("a signed image runs, pulled from the cluster's registry", async () => {
    await kubectl(platform, ["delete", "pod", "images-test", "-n", namespace, "--ignore-not-found"]);
    await apply(platform, [pod([signed], namespace, "images-test")]);
    const waitArgs = ["wait", "-n", namespace, "pod/images-test", "--for=jsonpath={.status.phase}=Succeeded"];
    await kubectl(platform, [...waitArgs, "--timeout=60s"]);
    expect(await kubectl(platform, ["logs", "images-test", "-n", namespace])).toBe("it runs\n");
  });

  it("a tag becomes the digest that was checked", async () => {
    const { spec } = await dryRun(pod([`${registryHost}/${repository}:1`]));
    expect(spec.containers[0]?.image).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(spec.containers[0]?.image.split("@")[1]).toBe(signed.split("@")[1]);
  });

  it("an unsigned one is refused, and the message says which and why", async () => {
    await expect(dryRun(pod([unsigned]))).rejects.toThrow(
      new RegExp(`policy\\.sigstore\\.dev.*platform-images[\\s\\S]*${unsigned.slice(-20)}: no signatures found`),
    );
  });

  it("one that another key signed is refused", async () => {
    await expect(dryRun(pod([signedByStranger]))).rejects.toThrow(
      /platform-images[\s\S]*(no matching signatures|invalid signature)/,
    );
  });

  it("an unsigned one beside a signed one is refused", async () => {
    await expect(dryRun(pod([signed, unsigned]))).rejects.toThrow(/no signatures found/);
  });

  it("what nobody vouches for is refused, be it on the node or not", async () => {
    const unknownImage = `ghcr.io/acme/anything@sha256:${"0".repeat(64)}`;
    await expect(dryRun(pod([unknownImage]))).rejects.toThrow(/no matching policies/);
  });

  it("neither does a Deployment bring it in", async () => {
    const labels = { app: "images-test" };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "images-test", namespace },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { ...podSpec([unsigned]), restartPolicy: "Always" } },
      },
    };
    await expect(dryRun(deployment)).rejects.toThrow(/no signatures found/);
  });
});

describe("elsewhere", () => {
  it("in a namespace that doesn't ask for it nothing is checked, and nothing is rewritten", async () => {
    const { spec } = await dryRun(pod([unsigned], namespaceOutside));
    expect(spec.containers[0]?.image).toBe(unsigned);
  });
});

describe("without the policy controller", () => {
  it("nothing starts in a tenant's namespace, signed or not, and all does elsewhere", async () => {
    const scale = (replicas: number) =>
      kubectl(platform, ["scale", "deployment/policy-controller", "-n", "cosign-system", `--replicas=${replicas}`]);
    await scale(0);
    try {
      // It answers on for some seconds: a node that fails doesn't.
      const pods = ["pods", "-n", "cosign-system", "-l", "app.kubernetes.io/name=policy-controller"];
      await kubectl(platform, ["delete", ...pods, "--force", "--grace-period=0"]);
      await expect(dryRun(pod([signed]))).rejects.toThrow(/failed calling webhook "policy\.sigstore\.dev"/);
      await dryRun(pod([signed], namespaceOutside));
    } finally {
      await scale(1);
      await kubectl(platform, [
        "rollout",
        "status",
        "-n",
        "cosign-system",
        "deployment/policy-controller",
        "--timeout=60s",
      ]);
    }
    await dryRun(pod([signed]));
  });
});
