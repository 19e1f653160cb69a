// Pushes the platform's own images and what else runs in tenants' namespaces to the cluster's registry, signed and attested with this
// machine's key.

import { NAMESPACES } from "../../api/names.ts";
import { registryHost, registryPart, registrySecret } from "../../components/data/registry-names.ts";
import { images as table } from "../../components/images.ts";
import type { GivenComponents } from "../../stacks/config/components.ts";
import type { ImagePolicyConfig } from "../../stacks/config/image-policies.ts";
import type { Archive } from "../images/archive.ts";
import { claimsAbout, provenanceDays } from "../images/attest/claims.ts";
import { builderOf } from "../images/attest/provenance.ts";
import { predicateTypes } from "../images/attest/statement.ts";
import { bundledDatabase } from "../images/bundle.ts";
import type { Images } from "../images/images.ts";
import { publish, publishedRef } from "../images/publish/publish.ts";
import { Registry } from "../images/publish/registry.ts";
import { type SigningKey, signingKey } from "../images/publish/signing.ts";
import { stateDir } from "../node/paths.ts";
import type { Progress } from "../node/progress.ts";
import { trustRegistry } from "../node/registries.ts";
import { type Cluster, forward, get, kubectl } from "./cluster.ts";
import { instanceName, type Node } from "./instance.ts";

const { registry: port } = table.registry.ports;

/** This machine's key, which signs the images of all its instances. */
export function machineKey(): SigningKey {
  return signingKey(stateDir("image-signing.pem"));
}

/** Keys of a stack's config. */
interface SignedConfig {
  images: Images["own"];
  components?: GivenComponents;
  imagePolicies?: object[];
  tenantImages?: string[];
}

/**
 * The config for signed images; digests are known before anything is pushed. `components` is that section of the
 * stack's file, because a section is replaced as a whole.
 */
export function signedConfig(images: Images, components: GivenComponents): SignedConfig {
  if (!components.registry?.enabled) return { images: images.own };
  const { agents, executor } = images.tenantImages;
  return {
    images: { ...images.own, ...(agents ? { agents: publishedRef(registryHost, agents) } : {}) },
    ...(executor ? { components: withExecutor(components, publishedRef(registryHost, executor)) } : {}),
    ...(components.policyController?.enabled ? { imagePolicies: machinePolicies(images) } : {}),
  };
}

/**
 * Every image of the cluster's registry is signed by this machine's key, and has an SBOM and the provenance of its builder. These are two
 * policies, because who asks for attestations is not asked for a signature of the image itself.
 */
function machinePolicies({ published }: Images): ImagePolicyConfig[] {
  const images = [`${registryHost}/**`];
  const authority = { name: "this-machine", key: { data: machineKey().publicKey } };
  const provenance = { builders: [...new Set(published.map(builderOf))].sort(), maxAgeDays: provenanceDays };
  const attestations = [
    { name: "sbom", predicateType: predicateTypes.sbom },
    { name: "provenance", predicateType: predicateTypes.provenance, provenance },
  ];
  return [
    { name: "platform-images", images, authorities: [authority] },
    { name: "platform-attestations", images, authorities: [{ ...authority, attestations }] },
  ];
}

function withExecutor(components: GivenComponents, executorImage: string): GivenComponents {
  const { workflows } = components;
  return { ...components, workflows: { ...workflows, values: { ...workflows?.values, executorImage } } };
}

/**
 * The config of a platform that can't check signatures yet: tenants run only the images of this build, which are on the node under tags of
 * their content. That admits fewer images than the signatures of this machine's key do.
 */
export function listedConfig(images: Images, components: GivenComponents): SignedConfig {
  const { agents, executor } = images.tenantImages;
  return {
    images: images.own,
    components: {
      ...(executor ? withExecutor(components, executor.ref) : components),
      registry: { enabled: false },
      policyController: { enabled: false },
    },
    imagePolicies: [],
    tenantImages: [agents, executor].flatMap((archive) => archive?.ref ?? []),
  };
}

/**
 * Waits for the registry, which the platform's deployment starts meanwhile, configures the node to trust it, and pushes and signs the images that
 * are missing there. `stop` ends the wait when the deployment fails.
 */
export async function publishImages(
  node: Node,
  images: Images,
  progress: Progress,
  stop: AbortSignal,
): Promise<string> {
  const key = machineKey();
  progress("waiting for the registry");
  const ca = await authority(node, stop);
  trustRegistry(instanceName, { host: registryHost, address: node.registryAddress, port, ca });
  await using registry = await openRegistry(node, stop);
  const database = await bundledDatabase();
  const claims = (archive: Archive, report: Progress) => claimsAbout(archive, report, database);
  const target = { registry: registry.client, host: registryHost, key, claims };
  const { pushed, signed, attested } = await publish(images.published, target, progress);
  return pushed + signed + attested === 0
    ? "skipped: all there"
    : `${pushed} pushed, ${signed} signed, ${attested} attested`;
}

/** The cluster's registry, by a local port, once its pod is ready; `stop` ends the wait. */
export async function openRegistry(
  cluster: Cluster,
  stop: AbortSignal = new AbortController().signal,
): Promise<AsyncDisposable & { client: Registry }> {
  const ca = await authority(cluster, stop);
  const forwarded = await reach(cluster, stop);
  const client = new Registry({ host: "127.0.0.1", port: forwarded.port, name: registryHost, ca });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      client.close();
      await forwarded[Symbol.asyncDispose]();
    },
  };
}

/** The authority that signed the registry's certificate, once it is there. */
async function authority(node: Cluster, stop: AbortSignal): Promise<string> {
  for (;;) {
    stop.throwIfAborted();
    const secret = await get(node, "secret", registrySecret, NAMESPACES.sharedServices).catch(() => undefined);
    const ca = secret?.data?.["ca.crt"];
    if (ca) return Buffer.from(ca, "base64").toString();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A local port of the registry, once its pod is ready. */
async function reach(node: Cluster, stop: AbortSignal) {
  const pod = `pod/${registryPart}-0`;
  for (;;) {
    stop.throwIfAborted();
    try {
      await kubectl(node, ["wait", "-n", NAMESPACES.sharedServices, "--for=condition=Ready", pod, "--timeout=5s"]);
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  return await forward(node, NAMESPACES.sharedServices, pod, port);
}
