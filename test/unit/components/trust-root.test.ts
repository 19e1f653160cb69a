// What a Sigstore of one's own is trusted by, in the objects that the program registers.
import { beforeAll, describe, expect, it } from "vitest";
import type { Pair } from "../../../embedded/deploy/x509.ts";
import { authority, pair } from "../certificates/authority.ts";
import { mock, objects, program } from "./program.ts";

const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
`;

describe("a trust root", () => {
  let root: Pair;
  let intermediate: Pair;
  const fulcio = () => ({
    url: "https://fulcio.test",
    certificates: `${intermediate.certificate}\n${root.certificate}`,
  });
  const rekor = { url: "https://rekor.test", publicKey };
  const keyless = { issuer: "https://i", subject: "s", trustRoot: "ours", certificateLog: false };
  const stack = (more: object, identity: object = keyless) => ({
    components: { policyController: { enabled: true } },
    cluster: { apiServerCidrs: ["10.9.0.2/32"] },
    trustRoots: [{ name: "ours", fulcio: fulcio(), rekor, ...more }],
    imagePolicies: [{ name: "ours", images: ["registry.test/**"], authorities: [{ keyless: identity }] }],
  });

  beforeAll(async () => {
    mock();
    root = await authority();
    intermediate = await pair({ commonName: "Fulcio", isCa: true, dnsNames: [], usages: ["cert sign"] }, root);
  });

  it("has the authority's chain and the log's key, and is there before the policies", async () => {
    const registered = await program(stack({}));
    const [object] = objects(registered, "TrustRoot");
    expect(object?.metadata).toMatchObject({ annotations: { "pulumi.com/waitFor": "condition=Ready" } });
    expect(object?.spec).toEqual({
      sigstoreKeys: {
        certificateAuthorities: [
          {
            subject: { organization: "sigstore", commonName: "ours" },
            uri: "https://fulcio.test",
            certChain: Buffer.from(fulcio().certificates).toString("base64"),
          },
        ],
        tLogs: [
          {
            baseURL: "https://rekor.test",
            hashAlgorithm: "sha-256",
            publicKey: Buffer.from(publicKey).toString("base64"),
          },
        ],
      },
    });
  });

  it("is refused where policies ask for a log of certificates that it hasn't", async () => {
    const { certificateLog: _, ...asking } = keyless;
    await expect(program(stack({}, asking))).rejects.toThrow(
      /keyless\.certificateLog must be false: there is no certificateLog for the trust root ours/,
    );
    await expect(program(stack({ certificateLog: rekor }, asking))).resolves.toBeDefined();
  });

  it("is refused twice under one name, and without the policy controller", async () => {
    const [first] = stack({}).trustRoots;
    const { imagePolicies: _, ...others } = stack({});
    await expect(program({ ...stack({}), trustRoots: [first, first] })).rejects.toThrow(
      /trustRoots\[1\]\.name 'ours' is another one's already/,
    );
    await expect(program({ ...others, components: {} })).rejects.toThrow(/is not true, but trustRoots need it/);
  });

  it.each<[string, () => object, RegExp]>([
    [
      "a private key",
      () => ({ rekor: { ...rekor, publicKey: "-----BEGIN PRIVATE KEY-----" } }),
      /trustRoots\[0\]\.rekor\.publicKey: this is a private key/,
    ],
    [
      "no address",
      () => ({ rekor: { ...rekor, url: "rekor" } }),
      /trustRoots\[0\]\.rekor\.url: 'rekor' is not a valid URL/,
    ],
    [
      "a chain without its root",
      () => ({ fulcio: { ...fulcio(), certificates: intermediate.certificate } }),
      /fulcio\.certificates: the last one, 1, is not that of a root/,
    ],
    [
      "a chain in another order",
      () => ({ fulcio: { ...fulcio(), certificates: `${root.certificate}\n${intermediate.certificate}` } }),
      /fulcio\.certificates: certificate 1 is not signed by the next one/,
    ],
    ["no certificate", () => ({ fulcio: { ...fulcio(), certificates: "abc" } }), /there is no certificate in PEM/],
  ])("is refused with %s", async (_, more, message) => {
    await expect(program(stack(more()))).rejects.toThrow(message);
  });
});
