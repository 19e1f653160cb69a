// With certificates every service of the platform speaks TLS, and without them none does.
import { beforeAll, describe, expect, it } from "vitest";
import { nonEmpty } from "../../non-empty.ts";
import { type KubeObject, mock, objects, podSpecs, program, type Registered } from "./program.ts";

mock();

const find = (all: readonly Registered[], kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name);
const containers = (all: readonly Registered[], owner: string): KubeObject[] =>
  podSpecs(all).find((spec) => spec.owner === owner)?.pod.containers;
const argo = { workflowEngine: "argo" } as const;
let secure: Registered[];
let clear: Registered[];
beforeAll(async () => {
  secure = await program(argo);
  clear = await program({ ...argo, components: { certificates: { enabled: false } } });
});

describe("with certificates", () => {
  it("each server asks for one by every name of its Service, for a short time and with a fresh key", () => {
    const expected = {
      "minio-tls": "minio.shared-services",
      "postgres-tls": "postgres.shared-services",
      "litellm-tls": "litellm.shared-services",
      "argo-server-tls": "argo-server.argo-workflows",
      "agentic-operator-tls": "agentic-operator.agentic-system",
    };
    for (const [name, host] of Object.entries(expected)) {
      const { spec } = find(secure, "Certificate", name) ?? {};
      expect(spec, name).toMatchObject({
        secretName: name,
        dnsNames: [host, `${host}.svc`, `${host}.svc.cluster.local`],
        usages: ["digital signature", "server auth"],
        duration: "2160h",
        renewBefore: "720h",
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        issuerRef: { kind: "ClusterIssuer", name: "agentic-platform", group: "cert-manager.io" },
      });
    }
  });

  it("the authority signs itself, keeps its key, and outlives what it signs", () => {
    const { spec } = find(secure, "Certificate", "agentic-platform-ca") ?? {};
    expect(spec).toMatchObject({ isCA: true, duration: "87600h", renewBefore: "4320h" });
    expect(spec.privateKey.rotationPolicy).toBe("Never");
    expect(find(secure, "ClusterIssuer", "agentic-platform")?.spec).toEqual({ ca: { secretName: spec.secretName } });
  });

  it("cert-manager runs restricted, in its own namespace, with its definitions", () => {
    const { inputs } = secure.find(({ type }) => type === "kubernetes-cert-manager:index:CertManager") ?? {};
    expect(inputs).toMatchObject({
      containerSecurityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      webhook: { containerSecurityContext: { readOnlyRootFilesystem: true } },
      global: { leaderElection: { namespace: "cert-manager" } },
      helmOptions: { namespace: "cert-manager", values: { crds: { enabled: true, keep: false } } },
    });
    const webhook = objects(secure, "NetworkPolicy").find(
      ({ metadata }) => metadata?.name === "webhook" && metadata.namespace === "cert-manager",
    );
    expect(webhook?.spec.ingress.flatMap(({ ports }: KubeObject) => ports)).toEqual([
      { protocol: "TCP", port: 10250 },
      { protocol: "TCP", port: 10250 },
    ]);
  });

  it("Postgres takes TLS only, and is told of a new certificate", () => {
    const [main, reload] = containers(secure, "StatefulSet postgres");
    expect(main?.args.join(" ")).toMatch(/ssl=on.*hba_file=\/etc\/postgres\/pg_hba.conf/);
    const rules = find(secure, "ConfigMap", "postgres-access")?.data["pg_hba.conf"] as string;
    const network = rules.split("\n").filter((line) => /^host/.test(line));
    expect(network.length).toBeGreaterThan(0);
    for (const line of nonEmpty(network)) expect(line).toMatch(/^hostssl .* scram-sha-256$/);
    expect(reload?.command.join(" ")).toContain("pg_reload_conf");
    // Postgres refuses a key that others than its group may read.
    const volume = podSpecs(secure)
      .find(({ owner }) => owner === "StatefulSet postgres")
      ?.pod.volumes.find(({ name }: KubeObject) => name === "tls");
    expect(volume.secret.defaultMode).toBe(0o440);
  });

  it("Argo's server has its Secret, its controller checks whose archive it writes, its executors whose store", () => {
    const [server] = containers(secure, "Deployment argo-server");
    expect(server?.args.join(" ")).toContain("--secure=true --tls-certificate-secret-name argo-server-tls");
    expect(server?.readinessProbe.httpGet.scheme).toBe("HTTPS");
    const [controller] = containers(secure, "Deployment workflow-controller");
    expect(controller?.env).toContainEqual({ name: "PGSSLROOTCERT", value: "/etc/secrets/ca/ca.crt" });
    const config = find(secure, "ConfigMap", "workflow-controller-configmap")?.data as Record<string, string>;
    expect(JSON.parse(config.persistence ?? "").postgresql).toMatchObject({ ssl: true, sslMode: "verify-full" });
    expect(JSON.parse(config.artifactRepository ?? "").s3).toMatchObject({
      insecure: false,
      caSecret: { name: "platform-ca", key: "ca.crt" },
    });
    const role = objects(secure, "Role").find(({ metadata }) => metadata?.name === "argo-server");
    expect(JSON.stringify(role)).toContain("argo-server-tls");
  });

  it("probes ask by https where the server has a certificate", () => {
    for (const [owner, index] of [
      ["StatefulSet minio", 0],
      ["Deployment litellm", 0],
      ["Deployment agentic-operator", 0],
    ] as const) {
      const container = containers(secure, owner)[index];
      for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"])
        expect(container?.[probe].httpGet.scheme, `${owner} ${probe}`).toBe("HTTPS");
    }
  });

  it("a tenant gets the authority in a Secret of its own namespace", () => {
    const certificate = find(secure, "Certificate", "platform-ca");
    expect(certificate?.metadata?.namespace).toBe("tenant-demo");
    expect(certificate?.spec.usages).toEqual(["digital signature", "client auth"]);
    const { data } = find(secure, "ConfigMap", "agentic-tenant") as { data: Record<string, string> };
    expect(data.litellm_url).toBe("https://litellm.shared-services:4000");
    expect(data.object_store_url).toBe("https://minio.shared-services:9000");
  });
});

describe("without certificates", () => {
  it("nothing of cert-manager is there, and every address is in clear text", () => {
    expect(clear.filter(({ type }) => /cert-manager/.test(type))).toEqual([]);
    expect(objects(clear, "Namespace").map(({ metadata }) => metadata?.name)).not.toContain("cert-manager");
    const { data } = find(clear, "ConfigMap", "agentic-tenant") as { data: Record<string, string> };
    expect(data).toMatchObject({
      litellm_url: "http://litellm.shared-services:4000",
      object_store_url: "http://minio.shared-services:9000",
      postgres_dsn: "postgresql://tenant-demo@postgres.shared-services:5432/tenant-demo",
    });
    expect(JSON.stringify(podSpecs(clear))).not.toMatch(/"HTTPS"|-tls"|secrets\/tls/);
    const config = find(clear, "ConfigMap", "workflow-controller-configmap")?.data as Record<string, string>;
    expect(JSON.parse(config.persistence ?? "").postgresql.ssl).toBe(false);
  });
});

describe("the config", () => {
  const errors = async (components: object, more: object = {}) =>
    await program({ ...more, components }).then(
      () => "",
      (error: Error) => error.message,
    );

  it("refuses what can't be", async () => {
    expect(await errors({ certificates: { enabled: false } }, { profile: "ha" })).toMatch(
      /components\.certificates\.enabled is false, but profile ha/,
    );
    expect(await errors({ certificates: { values: { days: 10, renewDays: 10 } } })).toMatch(/values\.renewDays is 10/);
    expect(await errors({ certificates: { image: "a.test/cert-manager:1" } })).toMatch(/several images/);
    expect(await errors({ certificates: { replicas: 2, values: { install: false } } })).toMatch(/replicas is given/);
  });

  it("takes a cluster's own cert-manager", async () => {
    const all = await program({
      components: { certificates: { values: { install: false, days: 30, renewDays: 10 } } },
    });
    expect(all.filter(({ type }) => type.startsWith("kubernetes-cert-manager"))).toEqual([]);
    expect(objects(all, "Namespace").map(({ metadata }) => metadata?.name)).not.toContain("cert-manager");
    expect(find(all, "Certificate", "minio-tls")?.spec).toMatchObject({ duration: "720h", renewBefore: "240h" });
  });
});
