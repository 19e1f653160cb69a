// The services speak TLS by the platform's own authority, to an agent's pod as to anybody, and a new certificate needs no
// restart. The database lets each tenant into its own part only.
import { join } from "node:path";
import { connect } from "node:tls";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, forward, get, type KubeObject, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { authority as anotherAuthority, pair } from "../../unit/certificates/authority.ts";
import { agentDns, eventually, namespace, platform } from "./platform.ts";

const name = "tls-probe";

/** Servers with a certificate: where they are, the Secret they read, and how one gets to them from here. */
const servers = [
  { host: "minio.shared-services", port: 9000, secret: "minio-tls", space: "shared-services", target: "svc/minio" },
  {
    host: "litellm.shared-services",
    port: 4000,
    secret: "litellm-tls",
    space: "shared-services",
    target: "svc/litellm",
  },
  {
    host: "postgres.shared-services",
    port: 5432,
    secret: "postgres-tls",
    space: "shared-services",
    target: "svc/postgres",
  },
  {
    host: "agentic-operator.agentic-system",
    port: 8080,
    secret: "agentic-operator-tls",
    space: "agentic-system",
    target: "deployment/agentic-operator",
  },
] as const;
type Server = (typeof servers)[number];

const text = (secret: KubeObject | undefined, key: string) =>
  Buffer.from(secret?.data?.[key] ?? "", "base64").toString();
let authority: string;

beforeAll(async () => {
  authority = text(await get(platform, "secret", "platform-ca", namespace), "ca.crt");
});

/** Shakes hands through a forwarded port and gives the certificate's serial number. Throws where it isn't trusted. */
async function handshake({ host, port, space, target }: Server, ca = authority): Promise<string> {
  await using local = await forward(platform, space, target, port);
  const { connect: tcp } = await import("node:net");
  const plain = tcp(local.port, "127.0.0.1");
  await new Promise((resolve, reject) => plain.once("connect", resolve).once("error", reject));
  if (port === 5432) {
    // Postgres begins in clear text with a request for TLS, which it answers with one letter.
    plain.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const [answer] = await new Promise<Buffer>((resolve) => plain.once("data", resolve));
    expect(String.fromCharCode(answer ?? 0)).toBe("S");
  }
  return await new Promise((resolve, reject) => {
    const socket = connect({ socket: plain, servername: host, ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

describe("each server", () => {
  it.each(servers)("$host shows a certificate of the platform's authority", async (server) => {
    expect(await handshake(server)).toMatch(/^[0-9A-F]+$/);
  });

  it("is refused by who trusts another authority", async () => {
    const other = (await anotherAuthority()).certificate;
    for (const server of servers) await expect(handshake(server, other), server.host).rejects.toThrow(/certificate/);
  });

  it("has a Secret as cert-manager writes it, and only the authority's namespace has the authority's key", async () => {
    for (const { secret, space } of servers) {
      const secretObject = await get<KubeObject & { type?: string }>(platform, "secret", secret, space);
      expect(secretObject?.type).toBe("kubernetes.io/tls");
      expect(Object.keys(secretObject?.data ?? {}).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
      expect(text(secretObject, "ca.crt")).toBe(authority);
    }
    const secrets = await list(platform, "secrets");
    const key = text(await get(platform, "secret", "agentic-platform-ca", "cert-manager"), "tls.key");
    expect(key).toContain("PRIVATE KEY");
    const holders = secrets.filter((secret) =>
      Object.keys(secret.data ?? {}).some((file) => text(secret, file) === key),
    );
    expect(holders.map(({ metadata }) => metadata.name)).toEqual(["agentic-platform-ca"]);
  });
});

describe("from an agent's pod", () => {
  let answers: Record<string, string>;
  beforeAll(async () => {
    await kubectl(platform, ["delete", "pod", name, "-n", namespace, "--ignore-not-found"]);
    await apply(platform, [await probe(platform.signedAgents)]);
    const waitArgs = [
      "wait",
      "-n",
      namespace,
      `pod/${name}`,
      "--for=jsonpath={.status.phase}=Succeeded",
      "--timeout=90s",
    ];
    await kubectl(platform, waitArgs);
    answers = JSON.parse(await kubectl(platform, ["logs", name, "-n", namespace]));
  });
  afterAll(async () => void (await kubectl(platform, ["delete", "pod", name, "-n", namespace, "--ignore-not-found"])));

  it("the object store and the gateway answer who trusts the mounted authority", () =>
    expect([answers.minio, answers.litellm]).toEqual(["authorized", "authorized"]));
  it("nobody else does who doesn't trust it", () =>
    expect([answers.minioUntrusted, answers.litellmUntrusted]).toEqual([
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ]));
  it("nothing is served in clear text", () => expect([answers.minioClear, answers.litellmClear]).not.toContain("200"));
  it("Postgres takes the tenant's own connection string, and no clear text", () => {
    expect(answers.postgres).toBe("TLSv1.3");
    expect(answers.postgresClear).toMatch(/no encryption/);
  });
  it("Postgres lets the tenant into no database but its own", () => {
    expect(answers.database).toBe(namespace);
    for (const other of ["acme", "archive", "server"]) expect(answers[other], other).toMatch(/no pg_hba.conf entry/);
  });
  it("of the certificate's Secret only the authority is there", () => expect(answers.files).toBe("ca.crt"));
});

describe("another certificate", () => {
  it("is served by each server that can reload, without a restart of its pod", async () => {
    const ca = await get(platform, "secret", "agentic-platform-ca", "cert-manager");
    const issuer = { certificate: text(ca, "tls.crt"), key: text(ca, "tls.key") };
    const notAfter = new Date(Date.now() + 30 * 86_400_000);
    const before = await Promise.all(servers.map((server) => handshake(server)));
    const pods = await podsOf();
    for (const { host, secret, space } of servers) {
      const { certificate, key } = await pair({ commonName: host, dnsNames: [host, `${host}.svc`], notAfter }, issuer);
      const base64 = (value: string) => Buffer.from(value).toString("base64");
      const data = { "tls.crt": base64(certificate), "tls.key": base64(key) };
      await kubectl(platform, ["patch", "secret", secret, "-n", space, "--type=merge", "-p", JSON.stringify({ data })]);
    }
    for (const [i, server] of servers.entries())
      await eventually(
        `new certificate of ${server.host}`,
        async () => {
          if ((await handshake(server)) !== before[i]) return true;
          // kubelet looks at a pod's Secrets once a minute, and when the pod changes.
          await kubectl(platform, [
            "annotate",
            "pods",
            "--all",
            "-n",
            server.space,
            "--overwrite",
            `looked=${Date.now()}`,
          ]);
          return undefined;
        },
        { seconds: 180 },
      );
    expect(await podsOf()).toEqual(pods);
  });
});

/** The servers' pods and how often their containers were started. */
async function podsOf() {
  const pods = await list<KubeObject & { status?: { containerStatuses?: { restartCount: number }[] } }>(
    platform,
    "pods",
  );
  return pods
    .filter(({ metadata }) => servers.some(({ space }) => space === metadata.namespace))
    .filter(({ metadata }) => /^(minio-0|postgres-0|litellm|agentic-operator)/.test(metadata.name))
    .map(({ metadata, status }) => [
      metadata.name,
      metadata.uid,
      status?.containerStatuses?.map(({ restartCount }) => restartCount),
    ])
    .sort();
}

const source = `
import { readFileSync, readdirSync } from "node:fs";
import tls from "node:tls";
import pg from "pg";
const ca = readFileSync("/etc/secrets/ca/ca.crt");
const shake = (host, port, ca) => new Promise((resolve) => {
  const socket = tls.connect({ host, port, servername: host, ca, timeout: 5000 }, () => {
    resolve(socket.authorized ? "authorized" : String(socket.authorizationError));
    socket.destroy();
  });
  socket.once("error", (error) => resolve(error.code));
  socket.once("timeout", () => resolve("timeout"));
});
const clear = (url) => fetch(url).then((r) => String(r.status), (error) => error.cause?.code ?? error.message);
const query = async (dsn, statement = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()") => {
  const url = new URL(dsn);
  url.password = readFileSync("/etc/secrets/postgres/password", "utf8").trim();
  const client = new pg.Client({ connectionString: url.href });
  try {
    await client.connect();
    const { rows } = await client.query({ text: statement, rowMode: "array" });
    return rows[0][0];
  } catch (error) {
    return error.message;
  } finally {
    await client.end().catch(() => {});
  }
};
const elsewhere = (database) => process.env.DSN.replace(/5432\\/[^?]+/, "5432/" + database);
(async () => console.log(JSON.stringify({
  minio: await shake("minio.shared-services", 9000, ca),
  litellm: await shake("litellm.shared-services", 4000, ca),
  minioUntrusted: await shake("minio.shared-services", 9000),
  litellmUntrusted: await shake("litellm.shared-services", 4000),
  minioClear: await clear("http://minio.shared-services:9000/minio/health/live"),
  litellmClear: await clear("http://litellm.shared-services:4000/health/liveliness"),
  postgres: await query(process.env.DSN),
  database: await query(process.env.DSN, "SELECT current_database()"),
  acme: await query(elsewhere("tenant-acme")),
  archive: await query(elsewhere("argo")),
  server: await query(elsewhere("postgres")),
  postgresClear: await query(process.env.DSN.replace(/\\?.*/, "?sslmode=disable")),
  files: readdirSync("/etc/secrets/ca").filter((file) => !file.startsWith("..")).join(),
})))();
`;

/** The source with the database's client in it, small enough for an argument. */
async function script(): Promise<string> {
  const file = join(import.meta.dirname, "../../../agents/probe.js");
  await using build = await rolldown({
    input: file,
    platform: "node",
    external: ["pg-native"],
    plugins: [
      { name: "probe", load: (id) => (id === file ? source : null), resolveId: (id) => (id === file ? id : null) },
    ],
  });
  const { output } = await build.generate({ format: "cjs", minify: true, codeSplitting: false });
  return output[0].code;
}

/** An agent's pod with what a step mounts, and the tenant's own connection string. */
async function probe(image: string): Promise<unknown> {
  const secret = (secretName: string, items?: object[]) => ({
    secretName,
    defaultMode: 0o440,
    ...(items ? { items } : {}),
  });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { "agentic.io/component": "agent" } },
    spec: {
      ...(await agentDns()),
      restartPolicy: "Never",
      serviceAccountName: "agent",
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      volumes: [
        { name: "ca", secret: secret("platform-ca", [{ key: "ca.crt", path: "ca.crt" }]) },
        { name: "postgres", secret: secret("postgres") },
      ],
      containers: [
        {
          name: "main",
          image,
          command: ["node", "-e", await script()],
          env: [
            { name: "DSN", valueFrom: { configMapKeyRef: { name: "agentic-tenant", key: "postgres_dsn" } } },
            { name: "NODE_NO_WARNINGS", value: "1" },
          ],
          volumeMounts: [
            { name: "ca", mountPath: "/etc/secrets/ca", readOnly: true },
            { name: "postgres", mountPath: "/etc/secrets/postgres", readOnly: true },
          ],
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
}
