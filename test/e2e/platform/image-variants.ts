// Images in the cluster's registry for tests: one that is signed and attested, and others that differ from it by an annotation.
import { registryHost, registryPart, registrySecret } from "../../../components/data/registry-names.ts";
import { forward, get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import type { Archive } from "../../../embedded/images/archive.ts";
import { claimsAbout } from "../../../embedded/images/attest/claims.ts";
import { buildImages } from "../../../embedded/images/images.ts";
import { publish } from "../../../embedded/images/publish/publish.ts";
import { Registry } from "../../../embedded/images/publish/registry.ts";
import { manifestType, type SignedImage, signingKey } from "../../../embedded/images/publish/signing.ts";
import { sha256 } from "../../../embedded/images/store.ts";
import { cacheDir, stateDir } from "../../../embedded/node/paths.ts";
import { namespace, platform } from "./platform.ts";

export const repository = "busybox";
export const machineKey = signingKey(stateDir("image-signing.pem"));
/** A key that no policy knows. */
export const stranger = signingKey(cacheDir("test", "stranger.pem"));

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

export const podSpec = (images: string[]) => ({
  restartPolicy: "Never",
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  containers: images.map((image, i) => ({ ...container(image), name: `c${i}` })),
});

export const pod = (images: string[], space = namespace, name = "images-dry-run") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: space, labels: { test: name } },
  spec: podSpec(images),
});

/** What the API server would make of it. */
export async function dryRun(object: object): Promise<Pod> {
  return JSON.parse(
    await kubectl(platform, ["create", "--dry-run=server", "-o", "json", "-f", "-"], JSON.stringify(object)),
  );
}

/** The cluster's registry, with the image in it. */
export interface TestRegistry {
  registry: Registry;
  /** The image that is signed and attested. */
  archive: Archive;
  /** Its full name, without a tag. */
  name: string;
  /** The same image under another digest, and under the tag `title`: nothing but an annotation is different. */
  variant: (title: string) => Promise<string>;
  image: (digest: string) => SignedImage;
  close: () => Promise<void>;
}

/** Connects to the registry, and publishes the image there unless it is there. */
export async function openRegistry(): Promise<TestRegistry> {
  const secret = await get(platform, "secret", registrySecret, "shared-services");
  const ca = Buffer.from(secret?.data?.["ca.crt"] ?? "", "base64").toString();
  const local = await forward(platform, "shared-services", `pod/${registryPart}-0`, 5000);
  const registry = new Registry({ host: "127.0.0.1", port: local.port, name: registryHost, ca });
  const { archives } = await buildImages({ only: ["busybox"] });
  const archive = archives.find(({ ref }) => ref.startsWith("registry.local/busybox")) as Archive;
  await publish([archive], { registry, host: registryHost, key: machineKey, claims: claimsAbout });
  const name = `${registryHost}/${repository}`;
  return {
    registry,
    archive,
    name,
    variant: async (title) => {
      const manifest = JSON.parse(String(await registry.manifest(repository, archive.digest)));
      const bytes = Buffer.from(JSON.stringify({ ...manifest, annotations: { "agentic.io/test": title } }));
      await registry.putManifest(repository, title, manifestType, bytes);
      return `sha256:${sha256(bytes)}`;
    },
    image: (digest) => ({ registry, repository, digest, name }),
    close: async () => {
      registry.close();
      await local[Symbol.asyncDispose]();
    },
  };
}
