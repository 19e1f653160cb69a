// Against a real API server: the policy controller's objects are what Kubernetes takes, its policies keep every field, and
// its rights are enough to do its work and no more.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import { nonEmpty } from "../../non-empty.ts";
import { authority } from "../../unit/certificates/authority.ts";
import { mock, objects, program, type Registered } from "../../unit/components/program.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";

const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
`;
const keyless = {
  issuer: "https://token.actions.githubusercontent.com",
  subjectRegExp: "^https://github.com/acme/.*$",
};
const policies = [
  { name: "by-key", images: ["registry.test/**"], authorities: [{ key: { data: publicKey } }] },
  {
    name: "by-identity",
    images: ["ghcr.io/acme/**"],
    mode: "warn",
    authorities: [
      {
        keyless: { ...keyless, trustRoot: "ours", certificateLog: false },
        attestations: [
          {
            name: "built",
            predicateType: "https://slsa.dev/provenance/v1",
            policy: { type: "rego", data: "package sigstore" },
          },
        ],
      },
      { key: { kms: "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k" } },
      { key: { secretRef: "release-key" } },
    ],
    match: [{ group: "", version: "v1", resource: "pods", matchLabels: { tier: "test" } }],
    policy: { type: "rego", data: "package sigstore" },
  },
  { name: "none-from-there", images: ["example.com/**"], authorities: [{ static: "fail", message: "not from there" }] },
];

let server: ApiServer;
let all: Registered[];
const account = "system:serviceaccount:cosign-system:policy-controller";

const applyStrictly = (items: readonly object[]) =>
  kubectl(
    server,
    ["apply", "--server-side", "--validate=strict", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  );
const can = async (...question: string[]) =>
  (
    await kubectl(server, ["auth", "can-i", ...question, `--as=${account}`]).catch((error: Error) => error.message)
  ).trim() === "yes";

beforeAll(async () => {
  mock();
  server = await borrowApiServer();
  all = await program({
    components: { policyController: { enabled: true }, registry: { enabled: true } },
    cluster: { apiServerCidrs: ["10.9.0.2/32"], registryAddress: "10.96.0.20" },
    imagePolicies: policies,
    trustRoots: [
      {
        name: "ours",
        fulcio: { url: "https://fulcio.test", certificates: (await authority()).certificate },
        rekor: { url: "https://rekor.test", publicKey },
      },
    ],
  });
});
afterAll(() => server?.stop());

describe("the policy controller's objects", () => {
  it("pass strict validation", async () => {
    const namespaces = ["cosign-system", "shared-services"];
    await applyStrictly(objects(all, "Namespace").filter(({ metadata }) => namespaces.includes(metadata?.name ?? "")));
    const definitions = objects(all, "CustomResourceDefinition").filter(({ metadata }) =>
      metadata?.name.endsWith("policy.sigstore.dev"),
    );
    expect(definitions).toHaveLength(2);
    await applyStrictly(definitions);
    await kubectl(server, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
    const policies = objects(all).filter(
      ({ kind = "", metadata }) =>
        !["Certificate", "Namespace", "ServiceAccountPatch", "PodDisruptionBudget"].includes(kind) &&
        (metadata?.namespace === "cosign-system" ||
          /^registry/.test(metadata?.name ?? "") ||
          (metadata?.namespace === undefined && metadata?.name === "policy-controller") ||
          /WebhookConfiguration$/.test(kind)),
    );
    expect(policies.length).toBeGreaterThan(20);
    // What asks for a class of priority waits for it where there is one.
    await applyStrictly([...objects(all, "PriorityClass"), ...policies]);
  });

  it("keep every field of the policies, in both versions", async () => {
    const expected = objects(all, "ClusterImagePolicy");
    expect(expected).toHaveLength(policies.length);
    // Nobody answers for policies here.
    await kubectl(server, ["delete", "validatingwebhookconfigurations,mutatingwebhookconfigurations", "--all"]);
    await applyStrictly(expected);
    for (const { metadata, spec } of nonEmpty(expected))
      for (const version of ["v1alpha1", "v1beta1"]) {
        const kind = `clusterimagepolicies.${version}.policy.sigstore.dev`;
        expect((await get<KubeObject>(server, kind, metadata?.name ?? ""))?.spec, version).toEqual(spec);
      }
    const [root] = objects(all, "TrustRoot");
    await applyStrictly(objects(all, "TrustRoot"));
    expect((await get<KubeObject>(server, "trustroots.policy.sigstore.dev", "ours"))?.spec).toEqual(root?.spec);
  });

  it("refuse a field that there isn't", async () => {
    const [policy] = objects(all, "ClusterImagePolicy");
    await expect(applyStrictly([{ ...policy, spec: { ...policy?.spec, imagez: [] } }])).rejects.toThrow(/imagez/);
  });
});

describe("its account", () => {
  it.each([
    ["update", "validatingwebhookconfigurations/policy.sigstore.dev"],
    ["update", "mutatingwebhookconfigurations/defaulting.clusterimagepolicy.sigstore.dev"],
    ["update", "clusterimagepolicies.policy.sigstore.dev", "--subresource=status"],
    ["patch", "trustroots.policy.sigstore.dev"],
    ["update", "secrets/webhook-certs", "-n", "cosign-system"],
    ["patch", "configmaps/config-image-policies", "-n", "cosign-system"],
    ["create", "leases.coordination.k8s.io", "-n", "cosign-system"],
    ["get", "serviceaccounts", "-n", "tenant-demo"],
  ])("may %s %s", async (...question) => expect(await can(...question)).toBe(true));

  it.each([
    ["get", "secrets", "-n", "tenant-demo"],
    ["list", "secrets", "-A"],
    ["update", "secrets/policy-controller-ca", "-n", "cosign-system"],
    ["update", "validatingwebhookconfigurations/another"],
    ["delete", "validatingwebhookconfigurations/policy.sigstore.dev"],
    ["update", "customresourcedefinitions/agentworkloads.agentic.io"],
    ["update", "customresourcedefinitions/clusterimagepolicies.policy.sigstore.dev"],
    ["create", "clusterimagepolicies.policy.sigstore.dev"],
    ["update", "clusterimagepolicies.policy.sigstore.dev"],
    ["update", "configmaps/config-policy-controller", "-n", "cosign-system"],
    ["create", "pods", "-n", "cosign-system"],
  ])("may not %s %s", async (...question) => expect(await can(...question)).toBe(false));
});
