// Image policies, as the policy controller takes them.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import type { Authority } from "../../../components/security/image-authority.ts";
import type { ImagePolicyArgs } from "../../../components/security/image-policy.ts";
import { enabled, publicKey } from "./image-signing.ts";
import { type KubeObject, mock, objects, program, type Registered } from "./program.ts";

let all: Registered[];
const objectOf = (kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name) as KubeObject;

beforeAll(async () => {
  mock();
  all = await program(enabled);
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

  it("asks for a scan by its age and the least severity that is refused", async () => {
    const predicateType = "https://cosign.sigstore.dev/attestation/vuln/v1";
    const scan = { maxAgeDays: 7, failOn: "high" as const };
    const attestations = [{ name: "scan", predicateType, scan }];
    const { spec } = await policyOf({ images: ["ghcr.io/acme/**"], authorities: [{ ...key, attestations }] });
    const { type, data } = spec.authorities[0].attestations[0].policy;
    expect(type).toBe("rego");
    expect(data).toMatch(/\nmax_age_days := 7\nfail_on := "high"\n$/);
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
    [
      "a strange severity",
      {
        authorities: [
          {
            ...key,
            attestations: [
              {
                name: "scan",
                predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
                scan: { maxAgeDays: 7, failOn: "bad" as never },
              },
            ],
          },
        ],
      },
      /\.attestations\[0\]\.scan\.failOn: 'bad' is not a severity to refuse: use one of critical, high/,
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
