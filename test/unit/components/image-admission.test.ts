// The policy controller, its policies and the registry, in the objects that the program registers.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { registryHost } from "../../../components/data/registry.ts";
import type { Authority } from "../../../components/security/image-authority.ts";
import { globMatches } from "../../../components/security/image-globs.ts";
import type { ImagePolicyArgs } from "../../../components/security/image-policy.ts";
import { nonEmpty } from "../../non-empty.ts";
import { type KubeObject, mock, objects, podSpecs, program, type Registered } from "./program.ts";

const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
`;
const enabled = {
  components: {
    policyController: { enabled: true, values: { internet: false, disableTuf: true } },
    registry: { enabled: true },
  },
  cluster: { apiServerCidrs: ["10.9.0.2/32"], registryAddress: "10.96.0.20" },
  imagePolicies: [{ name: "ours", images: ["registry.test/**"], authorities: [{ key: { data: publicKey } }] }],
};

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

describe("an image policy", () => {
  it("asks for what the config says", () => {
    expect(objectOf("ClusterImagePolicy", "ours").spec).toEqual({
      mode: "enforce",
      images: [{ glob: "registry.test/**" }],
      authorities: [
        { name: "authority-0", key: { hashAlgorithm: "sha256", data: publicKey }, signatureFormat: "legacy" },
      ],
    });
  });

  it("asks Sigstore's public services about keyless signatures", async () => {
    const identity = {
      issuer: "https://token.actions.githubusercontent.com",
      subjectRegExp: "^https://github.com/acme/.*$",
    };
    const attestations = [
      {
        name: "built",
        predicateType: "https://slsa.dev/provenance/v1",
        policy: { type: "rego" as const, data: "package sigstore" },
      },
    ];
    const { spec } = await policyOf({
      images: ["ghcr.io/acme/**"],
      authorities: [{ keyless: identity, attestations }],
    });
    expect(spec.authorities).toEqual([
      {
        name: "authority-0",
        keyless: { url: "https://fulcio.sigstore.dev", identities: [identity] },
        ctlog: { url: "https://rekor.sigstore.dev" },
        attestations,
      },
    ]);
  });

  it("takes keys from clouds and Secrets, a root of trust, labels and a warning", async () => {
    const { spec } = await policyOf({
      images: ["ghcr.io/acme/**"],
      mode: "warn",
      authorities: [
        { name: "cloud", key: { kms: "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k" } },
        { key: { secretRef: "release-key" } },
        { keyless: { issuer: "https://i", subject: "s", trustRoot: "ours" } },
        { static: "fail", message: "not from here" },
      ],
      match: [{ group: "", version: "v1", resource: "pods", matchLabels: { tier: "test" } }],
      policy: { type: "rego", data: "package sigstore" },
    });
    expect(spec.mode).toBe("warn");
    expect(spec.authorities[0].name).toBe("cloud");
    expect(spec.authorities[1].key.secretRef).toEqual({ name: "release-key" });
    expect(spec.authorities[2].ctlog.trustRootRef).toBe("ours");
    expect(spec.authorities[3].static).toEqual({ action: "fail", message: "not from here" });
    expect(spec.match).toEqual([
      { group: "", version: "v1", resource: "pods", selector: { matchLabels: { tier: "test" } } },
    ]);
  });

  it("asks no log about certificates where the policy says so", async () => {
    const keyless = { issuer: "https://i", subject: "s", trustRoot: "ours", certificateLog: false };
    const { spec } = await policyOf({ images: ["ghcr.io/acme/**"], authorities: [{ keyless }] });
    expect(spec.authorities[0].keyless).toEqual({
      url: "https://fulcio.sigstore.dev",
      identities: [{ issuer: "https://i", subject: "s" }],
      trustRootRef: "ours",
      insecureIgnoreSCT: true,
    });
  });

  const key: Authority = { key: { data: publicKey } };
  const keyless = { issuer: "https://i", subject: "s" };
  it.each<[string, Partial<ImagePolicyArgs>, RegExp]>([
    ["no images", { images: [] }, /^images: none is named/],
    ["a strange pattern", { images: ["a b"] }, /^images\[0\]: 'a b' is not a valid pattern/],
    ["nobody who vouches", { authorities: [] }, /^authorities: nobody vouches/],
    [
      "two ways at once",
      { authorities: [{ ...key, static: "pass" } as Authority] },
      /^authorities\[0\]: it has key and static/,
    ],
    ["no way", { authorities: [{} as Authority] }, /^authorities\[0\]: it has neither/],
    [
      "a private key",
      { authorities: [{ key: { data: "-----BEGIN PRIVATE KEY-----" } }] },
      /\.key\.data: this is a private key/,
    ],
    ["no key", { authorities: [{ key: { data: "abc" } }] }, /\.key\.data: it is not a valid public key/],
    [
      "two keys",
      { authorities: [{ key: { data: publicKey, kms: "gcpkms://k" } as never }] },
      /\.key: it has data and kms/,
    ],
    [
      "a strange cloud",
      { authorities: [{ key: { kms: "https://k" } }] },
      /\.key\.kms: 'https:\/\/k' is not a valid key URL/,
    ],
    ["a strange Secret", { authorities: [{ key: { secretRef: "A B" } }] }, /\.key\.secretRef: 'A B'/],
    [
      "nobody's identity",
      { authorities: [{ keyless: { issuer: "https://i" } as never }] },
      /\.keyless: give either subject or subjectRegExp/,
    ],
    [
      "an open expression",
      { authorities: [{ keyless: { issuer: "https://i", subjectRegExp: "acme" } }] },
      /\.keyless\.subjectRegExp: 'acme' would match inside/,
    ],
    [
      "a broken expression",
      { authorities: [{ keyless: { issuer: "https://i", subjectRegExp: "^($" } }] },
      /\.keyless\.subjectRegExp: Invalid/,
    ],
    [
      "no URL",
      { authorities: [{ keyless: { ...keyless, url: "fulcio" } }] },
      /\.keyless\.url: 'fulcio' is not a valid URL/,
    ],
    [
      "no log of public certificates",
      { authorities: [{ keyless: { ...keyless, certificateLog: false } }] },
      /\.keyless\.certificateLog: Sigstore's public certificates are in a log/,
    ],
    ["a strange action", { authorities: [{ static: "maybe" as never }] }, /\.static: 'maybe' is neither/],
    ["a message for all", { authorities: [{ static: "pass", message: "x" }] }, /\.message: only a static fail/],
    [
      "statements of nobody",
      { authorities: [{ static: "pass", attestations: [] } as never] },
      /\.attestations: with static/,
    ],
    [
      "a nameless statement",
      { authorities: [{ ...key, attestations: [{ name: "", predicateType: "https://x" }] } as Authority] },
      /\.attestations\[0\]\.name: it is missing/,
    ],
    [
      "no kind of statement",
      { authorities: [{ ...key, attestations: [{ name: "a", predicateType: "slsa" }] } as Authority] },
      /\.predicateType: 'slsa' is not a valid URI/,
    ],
    [
      "an empty policy",
      {
        authorities: [
          {
            ...key,
            attestations: [{ name: "a", predicateType: "https://x", policy: { type: "rego", data: " " } }],
          } as Authority,
        ],
      },
      /\.policy\.data: it is empty/,
    ],
    [
      "one name twice",
      {
        authorities: [
          { ...key, attestations: [0, 1].map(() => ({ name: "a", predicateType: "https://x" })) } as Authority,
        ],
      },
      /\.attestations\[1\]\.name: 'a' is another one's/,
    ],
  ])("is refused with %s, before anything is made", async (_, args, message) => {
    const { ImagePolicy } = await import("../../../components/security/image-policy.ts");
    expect(() => new ImagePolicy("bad", { images: ["a/**"], authorities: [key], ...args })).toThrow(message);
  });
});

describe("arguments", () => {
  it("are refused by name", async () => {
    const { PolicyController } = await import("../../../components/security/policy-controller.ts");
    const { Registry } = await import("../../../components/data/registry.ts");
    const controller = (more: object) => () =>
      new PolicyController("bad", { namespace: "cosign-system", apiServerCidrs: [], ...more });
    expect(controller({ timeout: 31 })).toThrow(/^timeout: 31/);
    expect(controller({ internet: false })).toThrow(/^disableTuf: /);
    expect(controller({ replicas: 0 })).toThrow(/^replicas: 0/);
    const issuer = { name: "i", kind: "Issuer", duration: "1h", renewBefore: "1h" } as const;
    expect(() => new Registry("bad", { namespace: "n", issuer, nodeCidrs: [], address: "registry" })).toThrow(
      /^address: /,
    );
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

async function policyOf(args: ImagePolicyArgs): Promise<KubeObject> {
  const { ImagePolicy } = await import("../../../components/security/image-policy.ts");
  const { policy } = new ImagePolicy("one", args);
  return await new Promise((resolve) =>
    pulumi
      .output(policy)
      .apply((resource) =>
        (resource as unknown as { spec: pulumi.Output<object> }).spec.apply((spec) => resolve({ spec })),
      ),
  );
}
