// The console's objects: whose rights it has, whom it talks to, and when it is there.
import { beforeAll, describe, expect, it, test } from "vitest";
import { readPolicy } from "../../../components/data/minio/setup.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { checkClientSecret } from "../../../stacks/config/console.ts";
import { authority } from "../certificates/authority.ts";
import { find } from "./platform-objects.ts";
import { images, mock, objects, program, type Registered } from "./program.ts";

beforeAll(() => mock());

const name = "agentic-console";
const oidc = { issuer: "https://id.acme.example", clientId: "agents" };
const publicUrl = "https://agents.acme.example";
const withConsole = (values: object, more: object = {}) => ({ components: { console: { values, ...more } } });

const container = (all: readonly Registered[]) => find(all, "Deployment", name)?.spec.template.spec.containers[0];
const environment = (all: readonly Registered[]): Record<string, string> =>
  Object.fromEntries(container(all).env.map((one: { name: string; value: string }) => [one.name, one.value]));
const policy = (all: readonly Registered[]) => find(all, "NetworkPolicy", name);

describe("the console", () => {
  it("lists and watches with its own account, and nothing else: people act with their own rights", async () => {
    const all = await program({});
    expect(find(all, "ClusterRole", name)?.rules).toEqual([
      { apiGroups: ["agentic.io"], resources: ["agentworkloads"], verbs: ["list", "watch"] },
      { apiGroups: ["argoproj.io"], resources: ["workflows"], verbs: ["list", "watch"] },
    ]);
    const bindings = [...objects(all, "RoleBinding"), ...objects(all, "ClusterRoleBinding")];
    const own = bindings.filter(({ subjects }) =>
      subjects?.some(
        (subject: { kind: string; name: string }) => subject.kind === "ServiceAccount" && subject.name === name,
      ),
    );
    expect(own.map(({ kind, metadata }) => [kind, metadata?.name])).toEqual([["ClusterRoleBinding", name]]);
  });

  it("answers by TLS under its name and on loopback, for which the platform's authority signs", async () => {
    const all = await program({ cluster: { apiServerCidrs: ["10.9.0.2/32"], consoleAddress: "10.96.0.24" } });
    expect(find(all, "Service", name)?.spec).toMatchObject({ clusterIP: "10.96.0.24", ports: [{ port: 8443 }] });
    expect(find(all, "Certificate", `${name}-tls`)?.spec).toMatchObject({
      dnsNames: expect.arrayContaining([`${name}.agentic-system`, "localhost"]),
      ipAddresses: ["127.0.0.1"],
    });
    expect(environment(all)).toMatchObject({
      TLS_DIR: "/etc/secrets/tls",
      NODE_EXTRA_CA_CERTS: "/etc/secrets/ca/ca.crt",
    });
    expect(container(all).readinessProbe.httpGet).toMatchObject({ scheme: "HTTPS", path: "/readyz" });
  });

  it("reaches the API server and the object store alone, and nobody in the cluster reaches it", async () => {
    const all = await program({});
    const { ingress, egress } = policy(all)?.spec ?? {};
    expect(ingress).toEqual([]);
    expect(egress).toHaveLength(2);
    expect(egress[0].to).toEqual([{ ipBlock: { cidr: "10.9.0.2/32" } }]);
    expect(egress[1]).toMatchObject({ ports: [{ port: 9000 }] });
    const minio = objects(all, "NetworkPolicy").find(({ metadata }) => metadata?.name === "minio");
    expect(JSON.stringify(minio?.spec.ingress)).toContain(name);
  });

  it("lets in whom the config names, such as an ingress controller", async () => {
    const all = await program(withConsole({ ingressNamespaces: ["ingress-nginx"] }));
    expect(policy(all)?.spec.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } }],
        ports: [{ protocol: "TCP", port: 8443 }],
      },
    ]);
  });

  it("reaches the issuer on the internet, with a reason, or where the config says that it is", async () => {
    const outside = policy(await program(withConsole({ oidc, publicUrl })));
    expect(outside?.metadata).toHaveProperty(["annotations", "agentic.io/internet"]);
    expect(outside?.spec.egress.at(-1).ports).toEqual([{ protocol: "TCP", port: 443 }]);
    const cidrs = ["10.1.2.0/24"];
    const inside = policy(
      await program(withConsole({ oidc: { ...oidc, issuer: "https://id.acme.example:8443", cidrs }, publicUrl })),
    );
    expect(inside?.metadata).not.toHaveProperty("annotations");
    expect(inside?.spec.egress.at(-1)).toEqual({
      to: [{ ipBlock: { cidr: "10.1.2.0/24" } }],
      ports: [{ protocol: "TCP", port: 8443 }],
    });
    expect(environment(await program(withConsole({ oidc, publicUrl })))).toMatchObject({
      OIDC_ISSUER: oidc.issuer,
      OIDC_CLIENT_ID: "agents",
      PUBLIC_URL: publicUrl,
    });
  });

  it("has the authority of the issuer's certificate as a file, and starts anew with another one", async () => {
    const of = async (ca: string) => await program(withConsole({ oidc: { ...oidc, ca }, publicUrl }));
    const [one, other] = [(await authority()).certificate, (await authority()).certificate];
    const all = await of(one);
    expect(find(all, "ConfigMap", "console-oidc-authority")?.data).toEqual({ "ca.crt": one });
    expect(environment(all).OIDC_CA_FILE).toBe("/etc/oidc-authority/ca.crt");
    const { spec, metadata } = find(all, "Deployment", name)?.spec.template ?? {};
    expect(spec.volumes).toContainEqual({ name: "oidc-authority", configMap: { name: "console-oidc-authority" } });
    expect(spec.containers[0].volumeMounts).toContainEqual({
      name: "oidc-authority",
      mountPath: "/etc/oidc-authority",
      readOnly: true,
    });
    expect(find(await of(other), "Deployment", name)?.spec.template.metadata.annotations).not.toEqual(
      metadata.annotations,
    );
    expect(environment(await program(withConsole({ oidc, publicUrl })))).not.toHaveProperty("OIDC_CA_FILE");
  });

  it("has each secret as a file of a Secret of its own, and reads artifacts by a user that may do nothing else", async () => {
    const all = await program({});
    expect(find(all, "Secret", "console-session")?.stringData).toEqual({ key: "random-value-of-console-session" });
    expect(find(all, "Secret", "console-store")?.stringData).toEqual({
      "access-key": "console",
      "secret-key": "random-value-of-console-object-store",
    });
    const users = find(all, "Secret", "minio-users")?.stringData;
    expect(users.readers.split("\n")).toContain("console");
    expect(JSON.parse(users["console.json"])).toEqual(JSON.parse(readPolicy(["artifacts"])));
    expect(JSON.parse(readPolicy(["a", "b", "a"])).Statement[0]).toEqual({
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
    });
    expect(JSON.parse(readPolicy(["a"])).Statement[1]).toEqual({
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: ["arn:aws:s3:::a"],
      Condition: { StringLike: { "s3:prefix": ["*/logs/*/"] } },
    });
  });

  it("is spread, kept from going all at once, and takes a visitor's code where it was made, where there are several", async () => {
    const all = await program({ profile: "ha" });
    expect(find(all, "Deployment", name)?.spec.replicas).toBe(2);
    expect(find(all, "PodDisruptionBudget", name)).toBeDefined();
    expect(find(all, "Service", name)?.spec.sessionAffinity).toBe("ClientIP");
  });

  it("is where notifications link to, unless the config says another place", async () => {
    const linked = async (values: object, more: object = {}) => {
      const all = await program({ components: { console: { values }, ...more } });
      const env = find(all, "Deployment", "agentic-operator")?.spec.template.spec.containers[0].env ?? [];
      return env.find((one: { name: string }) => one.name === "CONSOLE_URL")?.value;
    };
    expect(await linked({ publicUrl })).toBe(publicUrl);
    expect(await linked({})).toBeUndefined();
    const consoleUrl = "https://elsewhere.acme.example";
    expect(await linked({ publicUrl }, { operator: { values: { consoleUrl } } })).toBe(consoleUrl);
  });

  it("is there where its image is known, and can be switched off", async () => {
    const { console: _, ...without } = images;
    const is = async (raw: object) => find(await program({ ...raw }), "Deployment", name) !== undefined;
    expect(await is({})).toBe(true);
    expect(await is({ images: without })).toBe(false);
    expect(await is({ images: without, components: { console: { image: "r/console:1" } } })).toBe(true);
    expect(await is(withConsole({}, { enabled: false }))).toBe(false);
  });
});

const parse = (raw: object) => () => parseConfig("p", { images, ...raw }, false);

test.each([
  [
    { images: { operator: "a/b:1", agents: "a/c:1" }, components: { console: { enabled: true } } },
    "p:images.console is missing",
  ],
  [withConsole({ oidc }), "p:components.console.values.publicUrl is missing"],
  [withConsole({ oidc: { ...oidc, issuer: "http://id.acme.example" }, publicUrl }), "oidc.issuer"],
  [withConsole({ oidc: { issuer: oidc.issuer }, publicUrl }), "clientId"],
  [withConsole({ oidc: { ...oidc, scopes: "email" }, publicUrl }), "scopes"],
  [
    withConsole({ oidc: { ...oidc, ca: "/etc/ssl/ca.crt" }, publicUrl }),
    "p:components.console.values.oidc.ca: there is no certificate in PEM (-----BEGIN CERTIFICATE-----)",
  ],
  [
    withConsole({ oidc: { ...oidc, ca: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----" }, publicUrl }),
    "p:components.console.values.oidc.ca: certificate 1 is not valid",
  ],
  [
    withConsole({ oidc: { ...oidc, ca: "-----BEGIN EC PRIVATE KEY-----" }, publicUrl }),
    "p:components.console.values.oidc.ca: there is a private key in it",
  ],
  [
    { components: { console: { enabled: true }, operator: { enabled: false }, events: { enabled: false } } },
    "p:components.operator.enabled is false, but the console shows AgentWorkloads",
  ],
])("a config is refused: %j", (raw, message) => {
  expect(parse(raw)).toThrow(message);
});

test("a client's secret is refused where no issuer is named that it is for", () => {
  const secretFor = (raw: object) => () => checkClientSecret("p", parse(raw)(), true);
  expect(secretFor({})).toThrow("p:components.console.values.oidc is missing: consoleClientSecret is set");
  expect(secretFor(withConsole({ oidc, publicUrl }, { enabled: false }))).toThrow("oidc is missing");
  expect(secretFor(withConsole({ oidc, publicUrl }))).not.toThrow();
});
