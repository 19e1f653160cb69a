// What the deployer makes of cert-manager's resources on a real API server: the Secrets that cert-manager would make.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { type RequestedResource, type RunResult, TestStack } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => await server?.stop());

const custom = (
  kind: string,
  name: string,
  namespace: string | undefined,
  spec: object,
  dependsOn: string[],
): RequestedResource => ({
  type: `kubernetes:cert-manager.io/v1:${kind}`,
  name,
  dependsOn,
  args: { apiVersion: "cert-manager.io/v1", kind, metadata: { name, ...(namespace ? { namespace } : {}) }, spec },
});

const space: RequestedResource = {
  type: "kubernetes:core/v1:Namespace",
  name: "cert-manager",
  args: { apiVersion: "v1", kind: "Namespace", metadata: { name: "cert-manager" } },
};

/** A CA that signs itself, an issuer of it, and one certificate. */
function authority(prefix: string, leaf: object = {}): RequestedResource[] {
  const ca = `${prefix}-ca`;
  return [
    ...(prefix === "main" ? [space] : []),
    custom("Issuer", `${prefix}-self`, "cert-manager", { selfSigned: {} }, prefix === "main" ? ["cert-manager"] : []),
    custom(
      "Certificate",
      ca,
      "cert-manager",
      {
        secretName: ca,
        isCA: true,
        commonName: "Test CA",
        duration: "87600h",
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
        issuerRef: { name: `${prefix}-self`, kind: "Issuer" },
      },
      [`${prefix}-self`],
    ),
    custom("ClusterIssuer", `${prefix}-issuer`, undefined, { ca: { secretName: ca } }, [ca]),
    custom(
      "Certificate",
      `${prefix}-store`,
      "default",
      {
        secretName: `${prefix}-store-tls`,
        commonName: "store",
        dnsNames: ["store.default", "store.default.svc"],
        ipAddresses: ["127.0.0.1"],
        duration: "2160h",
        renewBefore: "720h",
        usages: ["server auth", "digital signature"],
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        issuerRef: { name: `${prefix}-issuer`, kind: "ClusterIssuer", group: "cert-manager.io" },
        ...leaf,
      },
      [`${prefix}-issuer`],
    ),
  ];
}

const text = (secret: KubeObject | undefined, key: string) =>
  Buffer.from((secret?.data as Record<string, string> | undefined)?.[key] ?? "", "base64").toString();
const leafOf = (secret: KubeObject | undefined) => new X509Certificate(text(secret, "tls.crt"));
const expectNoFailures = ({ summary }: RunResult) => expect(summary.failures).toEqual([]);

test("a certificate is the Secret that cert-manager would make, from its issuer's authority", async () => {
  const stack = new TestStack(server, "certificates");
  const dry = await stack.preview(authority("main"));
  expectNoFailures(dry);
  expect(dry.changes).toContain("create Certificate default/main-store");
  const first = await stack.up(authority("main"));
  expectNoFailures(first);
  const secret = await stack.get("Secret", "main-store-tls");
  expect(secret?.type).toBe("kubernetes.io/tls");
  expect(Object.keys(secret?.data as object).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
  expect(secret?.metadata.labels).toMatchObject({ "controller.cert-manager.io/fao": "true" });
  expect(secret?.metadata.annotations).toEqual({
    "cert-manager.io/alt-names": "store.default,store.default.svc",
    "cert-manager.io/certificate-name": "main-store",
    "cert-manager.io/common-name": "store",
    "cert-manager.io/ip-sans": "127.0.0.1",
    "cert-manager.io/issuer-group": "cert-manager.io",
    "cert-manager.io/issuer-kind": "ClusterIssuer",
    "cert-manager.io/issuer-name": "main-issuer",
    "cert-manager.io/uri-sans": "",
  });
  const ca = await stack.get("Secret", "main-ca", "cert-manager");
  const [leaf, above] = [leafOf(secret), leafOf(ca)];
  expect(text(secret, "ca.crt")).toBe(text(ca, "tls.crt"));
  expect(text(ca, "ca.crt")).toBe(text(ca, "tls.crt"));
  expect(above.ca).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.verify(above.publicKey)).toBe(true);
  expect(leaf.checkIssued(above)).toBe(true);
  expect(leaf.checkHost("store.default.svc")).toBe("store.default.svc");
  expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(leaf.checkPrivateKey(createPrivateKey(text(secret, "tls.key")))).toBe(true);
  expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect((leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 3_600_000).toBe(2160);
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  // Keys are nowhere in what is said.
  const key = text(secret, "tls.key").split("\n")[1] ?? "";
  expect(JSON.stringify([first.all, first.summary])).not.toContain(key);
});

test("an unchanged certificate stays; another name, a lost Secret or another authority gives another one", async () => {
  const stack = new TestStack(server, "certificates");
  const serial = async () => leafOf(await stack.get("Secret", "main-store-tls")).serialNumber;
  const before = await serial();
  const again = await stack.up(authority("main"));
  expectNoFailures(again);
  expect(again.changes).toEqual([]);
  expect(await serial()).toBe(before);

  const renamed = authority("main", { dnsNames: ["other.default"] });
  const dry = await stack.preview(renamed);
  expect(dry.changes).toEqual(["update Certificate default/main-store"]);
  expect(await serial()).toBe(before);
  expect((await stack.up(renamed)).changes).toEqual(["update Certificate default/main-store"]);
  const second = await serial();
  expect(second).not.toBe(before);
  expect(leafOf(await stack.get("Secret", "main-store-tls")).checkHost("other.default")).toBe("other.default");

  await stack.cluster.delete({ apiVersion: "v1", kind: "Secret", namespace: "default", name: "main-store-tls" });
  expect((await stack.up(renamed)).changes).toEqual(["create Certificate default/main-store"]);
  const third = await serial();
  expect(third).not.toBe(second);

  await stack.cluster.delete({ apiVersion: "v1", kind: "Secret", namespace: "cert-manager", name: "main-ca" });
  const { changes } = await stack.up(renamed);
  expect(changes).toEqual(["create Certificate cert-manager/main-ca", "update Certificate default/main-store"]);
  const ca = leafOf(await stack.get("Secret", "main-ca", "cert-manager"));
  expect(leafOf(await stack.get("Secret", "main-store-tls")).verify(ca.publicKey)).toBe(true);
});

test("a certificate that is due is renewed: with another key, or its own where that is asked for", async () => {
  const stack = new TestStack(server, "due");
  // Due from its second second on, which is as early as cert-manager takes it.
  const due = { duration: "1h", renewBefore: "59m59s" };
  const key = async () => text(await stack.get("Secret", "due-store-tls"), "tls.key");
  expectNoFailures(await stack.up(authority("due", due)));
  const first = await key();
  await sleep(1000);
  expect((await stack.up(authority("due", due))).changes).toEqual(["update Certificate default/due-store"]);
  const second = await key();
  expect(second).not.toBe(first);
  const certificate = { ...due, privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" } };
  expectNoFailures(await stack.up(authority("due", certificate)));
  expect(await key()).toBe(second);
  expectNoFailures(await stack.destroy());
});

test("another stack's certificates are issued by the first one's authority", async () => {
  const stack = new TestStack(server, "others");
  const [leaf] = authority("main").slice(-1);
  const certificate = { ...(leaf as RequestedResource), name: "theirs", dependsOn: [] };
  (certificate.args as { spec: { secretName: string } }).spec.secretName = "theirs-tls";
  expectNoFailures(await stack.up([certificate]));
  const ca = leafOf(await stack.get("Secret", "main-ca", "cert-manager"));
  expect(leafOf(await stack.get("Secret", "theirs-tls")).verify(ca.publicKey)).toBe(true);
  expectNoFailures(await stack.destroy());
  expect(await stack.get("Secret", "theirs-tls")).toBeUndefined();
});

test("what only cert-manager itself can do is refused before anything is made", async () => {
  const stack = new TestStack(server, "refused");
  const acme = custom("Issuer", "acme", "default", { acme: { server: "https://acme.test" } }, []);
  await expect(stack.up([acme])).rejects.toThrow(/spec\.acme: this deployer issues certificates itself/);
  const request = custom("CertificateRequest", "request", "default", {}, []);
  await expect(stack.up([request])).rejects.toThrow(/only cert-manager itself/);
  const { summary } = await stack.up([
    custom(
      "Certificate",
      "orphan",
      "default",
      { secretName: "orphan", commonName: "a", issuerRef: { name: "nobody" } },
      [],
    ),
  ]);
  expect(summary.failures.join()).toMatch(/there is no Issuer 'nobody'/);
});

test("a certificate that leaves the program takes its Secret along, and destroy leaves none", async () => {
  const stack = new TestStack(server, "certificates");
  const { changes } = await stack.up(authority("main").slice(0, -1));
  expect(changes).toEqual(["delete Secret default/main-store-tls"]);
  expectNoFailures(await stack.destroy());
  expect(await stack.get("Secret", "main-ca", "cert-manager")).toBeUndefined();
});
