// The Sigstore in the cluster, in the objects that the program registers, and what it needs of the rest of the config.
import { beforeAll, describe, expect, it } from "vitest";
import { type KubeObject, mock, objects, program } from "./program.ts";

const image = `registry.test/sigstore@sha256:${"0".repeat(64)}`;
const stack = (values: object = {}, components: object = {}) => ({
  components: {
    policyController: { enabled: true, values: { noMatch: "warn" } },
    sigstore: { enabled: true, image, values },
    ...components,
  },
  cluster: { apiServerCidrs: ["10.9.0.2/32"] },
});

const named = (all: KubeObject[], name: string): KubeObject => {
  const found = all.find(({ metadata }) => metadata?.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

describe("the Sigstore in the cluster", () => {
  beforeAll(() => mock());

  it("is not there unless the config asks for it", async () => {
    const all = objects(
      await program({ components: { policyController: { enabled: true, values: { noMatch: "warn" } } } }),
    );
    expect(all.filter(({ metadata }) => /fulcio|rekor/.test(metadata?.name ?? ""))).toEqual([]);
    expect(all.filter(({ kind }) => kind === "TrustRoot")).toEqual([]);
  });

  it("has a key of its own for the authority and for the log, which renewals keep", async () => {
    const certificates = objects(await program(stack()), "Certificate");
    const [authority, log] = ["fulcio-ca", "rekor-log"].map((name) => named(certificates, name).spec);
    expect(authority).toMatchObject({ isCA: true, issuerRef: { name: "sigstore" } });
    expect(log).not.toHaveProperty("isCA");
    for (const { privateKey } of [authority, log]) expect(privateKey).toMatchObject({ rotationPolicy: "Never" });
  });

  it("is trusted by the root called cluster, which is read from the two Secrets", async () => {
    const registered = await program(stack());
    const [root] = objects(registered, "TrustRoot");
    expect(root?.metadata?.name).toBe("cluster");
    expect(root?.spec.sigstoreKeys).toMatchObject({
      certificateAuthorities: [{ uri: "https://fulcio.cosign-system.svc" }],
      tLogs: [{ baseURL: "https://rekor.cosign-system.svc" }],
    });
    const read = registered.filter(({ type, name }) => type === "kubernetes:core/v1:Secret" && name.endsWith("-read"));
    expect(read.map(({ name }) => name).sort()).toEqual(["fulcio-ca-read", "rekor-log-read"]);
  });

  it("asks the API server by Fulcio's account, and gives Rekor no token", async () => {
    const deployments = objects(await program(stack()), "Deployment");
    const [fulcio, rekor] = ["fulcio", "rekor"].map((name) => named(deployments, name).spec.template.spec);
    expect(fulcio).toMatchObject({ serviceAccountName: "fulcio", automountServiceAccountToken: true });
    expect(rekor).toMatchObject({ automountServiceAccountToken: false });
    expect(fulcio.containers[0].args).toContain("--wait=kubernetes.default.svc.cluster.local:443");
    const config = named(objects(await program(stack()), "ConfigMap"), "fulcio-config").data["config.json"];
    expect(JSON.parse(config).OIDCIssuers["https://kubernetes.default.svc.cluster.local"]).toEqual({
      IssuerURL: "https://kubernetes.default.svc.cluster.local",
      ClientID: "sigstore",
      Type: "kubernetes",
    });
  });

  it("answers the namespaces of signers alone, and only Fulcio asks anybody", async () => {
    const policies = (values: object) =>
      program(stack(values)).then((all) => {
        const found = objects(all, "NetworkPolicy").filter(({ metadata }) => metadata?.namespace === "cosign-system");
        return ["fulcio", "rekor"].map((name) => named(found, name).spec);
      });
    const [closed] = await policies({});
    expect(closed.ingress).toEqual([]);
    const [fulcio, rekor] = await policies({ signers: ["builds"] });
    for (const { ingress, policyTypes } of [fulcio, rekor]) {
      expect(policyTypes).toEqual(["Ingress", "Egress"]);
      expect(ingress).toEqual([
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "builds" } } }],
          ports: [{ protocol: "TCP", port: 8443 }],
        },
      ]);
    }
    expect(rekor.egress).toEqual([]);
    expect(fulcio.egress).toMatchObject([{ to: [{ ipBlock: { cidr: "10.9.0.2/32" } }] }]);
  });

  it("asks an issuer on the internet without a token of the cluster's", async () => {
    const all = await program(stack({ tokenIssuer: "https://container.googleapis.com/v1/projects/p" }));
    const { spec } = named(objects(all, "Deployment"), "fulcio");
    expect(spec.template.spec).toMatchObject({ automountServiceAccountToken: false });
    const policy = named(
      objects(all, "NetworkPolicy").filter(({ metadata }) => metadata?.namespace === "cosign-system"),
      "fulcio",
    );
    expect(policy.spec.egress).toMatchObject([{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }]);
  });

  it.each<[string, object, RegExp]>([
    [
      "without the policy controller",
      { policyController: { enabled: false } },
      /policyController\.enabled is not true, but sigstore needs it/,
    ],
    [
      "without certificates",
      { certificates: { enabled: false } },
      /certificates\.enabled is false, but sigstore needs/,
    ],
    [
      "without an image",
      { sigstore: { enabled: true } },
      /components\.sigstore\.image is missing: nobody publishes its image/,
    ],
  ])("is refused %s", async (_, components, message) => {
    await expect(program(stack({}, components))).rejects.toThrow(message);
  });

  it.each(["https://q=RcEw<7WbHD", "https://", "https://a..b", "https://a:99999", "http://issuer.example"])(
    "is refused with an issuer that is no URL of a host: %s",
    async (tokenIssuer) => {
      await expect(program(stack({ tokenIssuer }))).rejects.toThrow(/components\.sigstore\.values\.tokenIssuer/);
    },
  );

  it.each(["https://oidc.eks.eu-west-1.amazonaws.com/id/A1B2", "https://issuer:6443"])(
    "takes an issuer outside: %s",
    async (tokenIssuer) => {
      expect((await program(stack({ tokenIssuer }))).length).toBeGreaterThan(100);
    },
  );

  it("leaves its root's name to itself, and its policies ask for no log of certificates", async () => {
    const keyless = { issuer: "https://i", subject: "s", trustRoot: "cluster" };
    const policy = (more: object) => ({
      ...stack(),
      imagePolicies: [
        { name: "signed", images: ["registry.test/**"], authorities: [{ keyless: { ...keyless, ...more } }] },
      ],
    });
    await expect(program(policy({}))).rejects.toThrow(
      /certificateLog must be false: there is no certificateLog for the trust root cluster/,
    );
    await expect(program(policy({ certificateLog: false }))).resolves.toBeDefined();
  });
});
