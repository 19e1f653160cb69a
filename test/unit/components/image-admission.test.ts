// The policy controller, its policies and the registry, in the objects that the program registers.
import { beforeAll, describe, expect, it } from "vitest";
import { registryHost } from "../../../components/data/registry-names.ts";
import { globMatches } from "../../../components/security/image-globs.ts";
import { nonEmpty } from "../../non-empty.ts";
import { enabled } from "./image-signing.ts";
import { type KubeObject, mock, objects, podSpecs, program, type Registered } from "./program.ts";

let all: Registered[];
const objectOf = (kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name) as KubeObject;

const rules = (kind: string) =>
  objectOf(kind, "policy-controller").rules as {
    apiGroups: string[];
    resources: string[];
    verbs: string[];
    resourceNames?: string[];
  }[];

beforeAll(async () => {
  mock();
  all = await program(enabled);
});

describe("the policy controller", () => {
  it("decides on pods in tenants' namespaces, and refuses without an answer", () => {
    for (const kind of ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]) {
      const [webhook] = objectOf(kind, "policy.sigstore.dev").webhooks;
      expect(webhook).toMatchObject({ failurePolicy: "Fail", sideEffects: "None", timeoutSeconds: 10 });
      expect(webhook.namespaceSelector.matchExpressions).toContainEqual({
        key: "policy.sigstore.dev/include",
        operator: "In",
        values: ["true"],
      });
      expect(webhook.clientConfig.service).toEqual({ name: "webhook", namespace: "cosign-system" });
    }
    expect(objectOf("Namespace", "tenant-demo").metadata?.labels).toMatchObject({
      "policy.sigstore.dev/include": "true",
    });
    for (const { metadata } of nonEmpty(
      objects(all, "Namespace").filter((object) => !object.metadata?.name.startsWith("tenant-")),
    ))
      expect(metadata?.labels).not.toHaveProperty("policy.sigstore.dev/include");
  });

  it("is waited for by what it is to admit", () => {
    expect(objectOf("ValidatingWebhookConfiguration", "policy.sigstore.dev").metadata).toMatchObject({
      annotations: { "pulumi.com/waitFor": "jsonpath={.webhooks[0].clientConfig.caBundle}" },
    });
    expect(objectOf("ClusterImagePolicy", "ours").metadata).toMatchObject({
      annotations: { "pulumi.com/waitFor": "condition=Ready" },
    });
  });

  it("reads no secret outside of its namespace, and writes one in it", () => {
    expect(rules("ClusterRole").flatMap(({ resources }) => resources)).not.toContain("secrets");
    const writing = rules("Role").filter(
      ({ resources, verbs }) => resources.includes("secrets") && verbs.some((verb) => !/get|list|watch/.test(verb)),
    );
    expect(writing).toEqual([
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["webhook-certs"], verbs: ["update"] },
    ]);
    const cluster = rules("ClusterRole").filter(({ verbs }) => verbs.some((verb) => /update|patch|delete/.test(verb)));
    const unnamed = cluster.filter(({ resourceNames }) => !resourceNames).map(({ resources }) => resources[0]);
    expect(unnamed).toEqual(["events", "clusterimagepolicies", "clusterimagepolicies/status"]);
  });

  it("speaks with the API server and the registry alone", () => {
    const { spec, metadata } = objectOf("NetworkPolicy", "policy-controller");
    expect(metadata).not.toHaveProperty("annotations");
    expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(spec.ingress[0].from).toContainEqual({ ipBlock: { cidr: "10.9.0.2/32" } });
    expect(spec.ingress[0].ports).toEqual([{ protocol: "TCP", port: 8443 }]);
    expect(spec.egress).toHaveLength(2);
    expect(JSON.stringify(spec.egress)).not.toContain("0.0.0.0/0");
  });

  it("trusts the registry's authority, and fetches no roots where it was told so", () => {
    const { pod } = podSpecs(all).find(({ owner }) => owner === "Deployment policy-controller") as { pod: KubeObject };
    const [container] = pod.containers;
    expect(container.args).toEqual(["--disable-tuf"]);
    expect(container.env).toContainEqual({ name: "SSL_CERT_FILE", value: "/etc/secrets/ca/ca.crt" });
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
  });

  it("defines both kinds with their fields, and no webhook of its own for their versions", () => {
    const definition = objectOf("CustomResourceDefinition", "clusterimagepolicies.policy.sigstore.dev").spec;
    expect(definition.conversion).toEqual({ strategy: "None" });
    expect(definition.versions.map(({ name, storage }: KubeObject) => [name, storage])).toEqual([
      ["v1alpha1", true],
      ["v1beta1", false],
    ]);
    const { spec } = definition.versions[1].schema.openAPIV3Schema.properties;
    expect(Object.keys(spec.properties)).toEqual(["authorities", "images", "match", "mode", "policy"]);
    expect(objectOf("CustomResourceDefinition", "trustroots.policy.sigstore.dev").spec.versions).toHaveLength(1);
  });

  it("stands twice with a budget in the higher profiles, and asks the internet where it may", async () => {
    const more = await program({
      ...enabled,
      profile: "standard",
      components: { policyController: { enabled: true } },
    });
    const deployment = objects(more, "Deployment").find(({ metadata }) => metadata?.name === "policy-controller");
    expect(deployment?.spec.replicas).toBe(2);
    const budgets = objects(more, "PodDisruptionBudget").map(({ metadata }) => metadata?.name);
    expect(budgets).toContain("policy-controller");
    const policy = objects(more, "NetworkPolicy").find(({ metadata }) => metadata?.name === "policy-controller");
    expect(JSON.stringify(policy?.spec.egress)).toContain("0.0.0.0/0");
    expect(policy?.metadata).toHaveProperty("annotations");
  });

  it("isn't there by default", async () => {
    const plain = await program({});
    expect(objects(plain, "ClusterImagePolicy")).toEqual([]);
    expect(objects(plain, "Namespace").map(({ metadata }) => metadata?.name)).not.toContain("cosign-system");
    const tenant = objects(plain, "Namespace").find(({ metadata }) => metadata?.name === "tenant-demo");
    expect(tenant?.metadata?.labels).not.toHaveProperty("policy.sigstore.dev/include");
  });
});

describe("the registry", () => {
  it("has its address in its Service and in its certificate", () => {
    expect(objectOf("Service", "registry").spec).toMatchObject({ clusterIP: "10.96.0.20", ports: [{ port: 5000 }] });
    const { spec } = objectOf("Certificate", "registry-tls");
    expect(spec.ipAddresses).toEqual(["10.96.0.20"]);
    expect(spec.dnsNames).toContain(registryHost.split(":")[0]);
  });

  it("is open to nodes and to the policy controller", () => {
    const { from } = objectOf("NetworkPolicy", "registry").spec.ingress[0];
    expect(from).toHaveLength(2);
    expect(from[0]).toEqual({ ipBlock: { cidr: "10.9.0.2/32" } });
  });

  it("serves TLS and lets nothing be deleted", () => {
    const config = JSON.parse(objectOf("ConfigMap", "registry-config").data["config.yml"]);
    expect(config.http.tls).toMatchObject({ certificate: "/etc/secrets/tls/tls.crt", minimumtls: "tls1.2" });
    expect(config.storage.delete.enabled).toBe(false);
  });
});

describe("the config", () => {
  const policy = enabled.imagePolicies[0];
  it.each<[string, object, RegExp]>([
    ["policies without the controller", { components: {} }, /components\.policyController\.enabled is not true/],
    [
      "images that nobody admits",
      { imagePolicies: [] },
      /imagePolicies has none for registry\.test\/agents:1 \(images\.agents\)/,
    ],
    ["two of one name", { imagePolicies: [policy, policy] }, /imagePolicies\[1\]\.name 'ours' is another one's/],
    [
      "a broken authority",
      { imagePolicies: [{ ...policy, authorities: [{ key: { data: "x" } }] }] },
      /imagePolicies\[0\]\.authorities\[0\]\.key\.data: it is not a valid public key/,
    ],
    [
      "roots from nowhere",
      { components: { policyController: { enabled: true, values: { internet: false } } } },
      /values\.disableTuf must be true/,
    ],
    [
      "a registry without a certificate",
      { components: { registry: { enabled: true }, certificates: { enabled: false } }, imagePolicies: [] },
      /the registry needs a certificate/,
    ],
    [
      "an executor that nobody admits",
      { workflowEngine: "argo" },
      /argoexec:v4\.1\.2 \(components\.workflows\.values\.executorImage\)/,
    ],
  ])("is refused with %s", async (_, change, message) => {
    await expect(program({ ...enabled, ...change })).rejects.toThrow(message);
  });
});

describe("patterns", () => {
  it.each([
    ["ghcr.io/acme/*", "ghcr.io/acme/app:1", true],
    ["ghcr.io/acme/*", "ghcr.io/acme/deep/app:1", false],
    ["ghcr.io/acme/**", "ghcr.io/acme/deep/app@sha256:00", true],
    ["ghcr.io/acme/**", "ghcr.io.evil/acme/app", false],
    ["ghcr.io/acme/**", "xghcr.io/acme/app", false],
    ["index.docker.io/library/*", "docker.io/library/busybox:1", true],
    ["*", "docker.io/library/busybox:1", true],
    ["*/*", "docker.io/acme/app:1", true],
  ])("%s on %s: %s", (glob, ref, matches) => expect(globMatches(glob, ref)).toBe(matches));
});
