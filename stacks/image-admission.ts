// Which images may run in tenants' namespaces: an allow-list, the policy controller with its policies, and the registry in the
// cluster that may hold them.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { Registry } from "../components/data/registry.ts";
import { registryPart } from "../components/data/registry-names.ts";
import { images } from "../components/images.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import type { Issuer } from "../components/security/certificates.ts";
import { ImagePolicy } from "../components/security/image-policy.ts";
import { PolicyController, policyControllerPart } from "../components/security/policy-controller.ts";
import { Sigstore } from "../components/security/sigstore.ts";
import { sigstoreRoot } from "../components/security/sigstore-names.ts";
import { TrustRoot, type TrustRootArgs } from "../components/security/trust-root.ts";
import { ImageAllowList } from "../components/tenancy/image-allow-list.ts";
import { ImageVolumeAdmission } from "../components/tenancy/image-volume-admission.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";

export interface ImageAdmissionArgs {
  namespaces: PlatformNamespaces;
  priorities: PriorityClasses;
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  issuer?: Issuer;
}

/** Registers those that the config asks for. The first pod of a tenant must wait for the resources that are returned. */
export function createImageAdmission(
  config: Config,
  { namespaces, priorities, apiServerCidrs, issuer }: ImageAdmissionArgs,
  root: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { registry, policyController, sigstore } = config.components;
  if (registry.enabled && issuer)
    new Registry(
      "registry",
      {
        namespace: namespaces.get(NAMESPACES.sharedServices),
        ...commonArgs(registry, priorities, "critical"),
        issuer,
        address: config.cluster.registryAddress,
        // In a cluster of one node the API server's address is the node's; others name their nodes in the config.
        nodeCidrs: registry.values.nodeCidrs ?? apiServerCidrs,
        readers: [{ namespace: NAMESPACES.cosign, part: policyControllerPart }],
        protection: config.dataProtection,
      },
      root,
    );
  const { tenantImages } = config;
  const listed = [
    ...new ImageVolumeAdmission("image-volumes", {}, root).ready,
    ...(tenantImages.length > 0 ? new ImageAllowList("tenant-images", { images: tenantImages }, root).ready : []),
  ];
  if (!policyController.enabled) return listed;
  const { sharedServices: space } = NAMESPACES;
  const { timeoutSeconds: timeout, ...values } = policyController.values;
  const { ready } = new PolicyController(
    "policy-controller",
    {
      namespace: namespaces.get(NAMESPACES.cosign),
      ...commonArgs(policyController, priorities, "critical"),
      ...values,
      timeout,
      apiServerCidrs,
      issuer: registry.enabled ? issuer : undefined,
      registries: registry.enabled
        ? [{ namespace: space, part: registryPart, port: images.registry.ports.registry }]
        : [],
    },
    root,
  );
  const trustRoot = (rootName: string, keys: TrustRootArgs["keys"]) =>
    new TrustRoot(`trust-root-${rootName}`, { rootName, keys }, { ...root, dependsOn: ready });
  const roots = config.trustRoots.map(({ name, ...keys }) => trustRoot(name, keys));
  if (sigstore.enabled && issuer) {
    const { keys } = new Sigstore(
      "sigstore",
      {
        namespace: namespaces.get(NAMESPACES.cosign),
        ...commonArgs(sigstore, priorities, "platform"),
        ...sigstore.values,
        apiServerCidrs,
        issuer,
      },
      root,
    );
    roots.push(trustRoot(sigstoreRoot, keys));
  }
  const policies = config.imagePolicies.map(
    ({ name, ...policy }) =>
      new ImagePolicy(
        `image-policy-${name}`,
        { policyName: name, ...policy },
        { ...root, dependsOn: [...ready, ...roots] },
      ),
  );
  return [...listed, ...ready, ...policies];
}
