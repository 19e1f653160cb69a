// Every image starts as a pod under Pod Security "restricted" with a read-only root, and answers a real request.
import { Client } from "pg";
import { afterAll, beforeAll, describe, test } from "vitest";
import { images } from "../../../components/images.ts";
import { apply, kubectl } from "../../../embedded/cli/cluster.ts";
import { answer, finish, ns, pod, reach, start } from "./image-pods.ts";
import { eventually, platform } from "./platform.ts";

beforeAll(async () => {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await apply(platform, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: ns, labels } }]);
});

afterAll(async () => {
  await kubectl(platform, ["delete", "namespace", ns, "--wait"]);
});

describe.concurrent("object store", () => {
  beforeAll(async () => {
    await start({
      name: "minio",
      image: images.minio.ref,
      uid: images.minio.uid,
      port: images.minio.ports.s3,
      command: ["minio"],
      args: ["server", "/data", "--console-address", ":9001"],
      env: { MINIO_ROOT_USER: "root-user", MINIO_ROOT_PASSWORD: "root-password", HOME: "/tmp" },
      writes: ["/tmp", "/data"],
    });
  });

  test("is ready, and calls itself by its release", async ({ expect }) => {
    await using way = await reach("minio", images.minio.ports.s3);
    await answer("minio", `http://127.0.0.1:${way.port}/minio/health/ready`);
    const version = await kubectl(platform, ["-n", ns, "exec", "minio", "--", "minio", "--version"]);
    expect(version).toContain(images.minio.ref.split(":")[1]);
  });

  test("keeps what its client's shell script puts there", async ({ expect }) => {
    const ip = await kubectl(platform, ["-n", ns, "get", "pod", "minio", "-o", "jsonpath={.status.podIP}"]);
    const script = `mc alias set here http://${ip}:9000 root-user root-password
      mc mb here/bucket
      echo hello | mc pipe here/bucket/greeting
      mc ilm rule add --expire-days 30 here/bucket
      mc cat here/bucket/greeting`;
    const output = await finish({
      name: "mc",
      image: images.minioClient.ref,
      uid: images.minioClient.uid,
      command: ["/bin/sh", "-ec", script],
      env: { HOME: "/tmp", MC_CONFIG_DIR: "/tmp/.mc" },
    });
    expect(output.trim().split("\n").at(-1)).toBe("hello");
  });
});

describe.concurrent("database", () => {
  test("makes user and database, runs init scripts, and serves", async ({ expect }) => {
    const data = { "1-table.sql": "CREATE TABLE made (at int); INSERT INTO made VALUES (7);", "2-more.sh": moreScript };
    await apply(platform, [{ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: ns, name: "init" }, data }]);
    await start({
      name: "postgres",
      image: images.postgres.ref,
      uid: images.postgres.uid,
      port: images.postgres.ports.postgres,
      args: ["postgres", "-c", "max_connections=33"],
      env: {
        POSTGRES_USER: "app",
        POSTGRES_DB: "things",
        POSTGRES_PASSWORD: "it's secret",
        PGDATA: "/var/lib/postgresql/data/pgdata",
      },
      writes: ["/tmp", "/var/run/postgresql", "/var/lib/postgresql/data"],
      configMap: { name: "init", path: "/docker-entrypoint-initdb.d" },
    });
    await eventually("database", async () => (await psql("SELECT 1").catch(() => [])).length === 1 || undefined);
    expect(await psql("SELECT at FROM made ORDER BY at")).toEqual([{ at: 7 }, { at: 8 }]);
    expect(await psql("SHOW max_connections")).toEqual([{ max_connections: "33" }]);
    // By the pod's address: its own loopback is trusted, as in the official image.
    const ip = await kubectl(platform, ["-n", ns, "get", "pod", "postgres", "-o", "jsonpath={.status.podIP}"]);
    const login = (password: string) =>
      kubectl(platform, [
        "-n",
        ns,
        "exec",
        "postgres",
        "--",
        "env",
        `PGPASSWORD=${password}`,
        "psql",
        "-h",
        ip,
        "-U",
        "app",
        "-Atc",
        "SELECT 1",
        "things",
      ]);
    expect(await login("it's secret")).toBe("1\n");
    await expect(login("wrong")).rejects.toThrow(/password authentication failed/);
  });

  test("refuses to start empty without a password", async ({ expect }) => {
    const name = "postgres-open";
    const writes = ["/tmp", "/var/lib/postgresql/data"];
    await apply(platform, [pod({ name, image: images.postgres.ref, uid: images.postgres.uid, writes })]);
    await eventually(
      "end of it",
      async () =>
        (await kubectl(platform, ["-n", ns, "get", "pod", name, "-o", "jsonpath={.status.phase}"])) === "Failed" ||
        undefined,
    );
    expect(await kubectl(platform, ["-n", ns, "logs", name])).toContain("POSTGRES_PASSWORD");
  });
});

const moreScript = `psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -c "INSERT INTO made VALUES (8)"`;

async function psql(query: string): Promise<unknown[]> {
  await using way = await reach("postgres", images.postgres.ports.postgres);
  const client = new Client({ host: "127.0.0.1", port: way.port, user: "app", database: "things" });
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}

describe.concurrent("policy engine", () => {
  test("decides by a policy of a ConfigMap", async ({ expect }) => {
    const data = { "p.rego": "package p\nallow if input.amount < 10" };
    await apply(platform, [{ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: ns, name: "policy" }, data }]);
    await start({
      name: "opa",
      image: images.opa.ref,
      uid: images.opa.uid,
      port: images.opa.ports.http,
      args: ["run", "--server", "--addr=0.0.0.0:8181", "--disable-telemetry", "--ignore=.*", "/policies"],
      configMap: { name: "policy", path: "/policies" },
    });
    await using way = await reach("opa", images.opa.ports.http);
    await answer("opa", `http://127.0.0.1:${way.port}/health`);
    const body = JSON.stringify({ input: { amount: 3 } });
    const response = await fetch(`http://127.0.0.1:${way.port}/v1/data/p/allow`, { method: "POST", body });
    expect(await response.json()).toMatchObject({ result: true });
  });
});

describe.concurrent("browser service", () => {
  test("takes a picture of a page, and only for who has the token", async ({ expect }) => {
    await start({
      name: "browserless",
      image: images.browserless.ref,
      uid: images.browserless.uid,
      port: images.browserless.ports.http,
      env: { TOKEN: "secret", HOME: "/tmp", CONCURRENT: "2", METRICS_JSON_PATH: "/tmp/metrics.json" },
      memory: ["/dev/shm"],
    });
    await using way = await reach("browserless", images.browserless.ports.http);
    const base = `http://127.0.0.1:${way.port}`;
    await answer("browserless", `${base}/pressure?token=secret`);
    expect((await fetch(`${base}/pressure?token=wrong`)).status).toBe(401);
    const response = await answer("browserless", `${base}/screenshot?token=secret`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ html: "<h1>Hello</h1>", viewport: { width: 640, height: 480 } }),
    });
    const png = Buffer.from(await response.arrayBuffer());
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([640, 480]);
  });
});

describe.concurrent("model gateway", () => {
  test("answers by a custom provider that finds its OCR program, and refuses a bad key", async ({ expect }) => {
    const provider = `import subprocess
from litellm import CustomLLM
class Echo(CustomLLM):
    def completion(self, model, messages, model_response, **kw):
        version = subprocess.run(["tesseract", "--version"], capture_output=True, check=True).stdout.decode().split("\\n")[0]
        model_response.choices[0].message.content = messages[-1]["content"] + " " + version
        return model_response
    async def acompletion(self, *a, **kw):
        return self.completion(*a, **kw)
handler = Echo()
`;
    const config = {
      model_list: [{ model_name: "echo", litellm_params: { model: "echo/echo" } }],
      litellm_settings: { custom_provider_map: [{ provider: "echo", custom_handler: "provider.handler" }] },
    };
    const data = { "config.yaml": JSON.stringify(config), "provider.py": provider };
    await apply(platform, [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: ns, name: "gateway" }, data },
    ]);
    await start({
      name: "litellm",
      image: images.litellm.ref,
      uid: images.litellm.uid,
      port: images.litellm.ports.http,
      args: ["--config", "/etc/litellm/config.yaml", "--port", "4000", "--num_workers", "1"],
      env: {
        LITELLM_MASTER_KEY: "sk-right",
        LITELLM_LOCAL_MODEL_COST_MAP: "True",
        LITELLM_TELEMETRY: "False",
        HOME: "/tmp",
      },
      configMap: { name: "gateway", path: "/etc/litellm" },
    });
    await using way = await reach("litellm", images.litellm.ports.http);
    const base = `http://127.0.0.1:${way.port}`;
    await answer("litellm", `${base}/health/liveliness`);
    const ask = (key: string) =>
      fetch(`${base}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: "echo", messages: [{ role: "user", content: "hello" }] }),
      });
    const good = (await (await ask("sk-right")).json()) as { choices: { message: { content: string } }[] };
    expect(good.choices[0]?.message.content).toMatch(/^hello tesseract 5/);
    // Without a database or an authenticator of its own, LiteLLM calls an unknown key a bad request.
    expect(await (await ask("sk-wrong")).json()).toMatchObject({ error: { code: "400" } });
  });
});

describe.concurrent("our own images", () => {
  // All parts but threads, which end where they have no parent.
  const load = `
    const parts = fs.globSync("/app/**/parts/*.mjs", { exclude: ["/app/node_modules/**", "**/reading-*"] });
    Promise.all(parts.map((file) => import(file))).then(() => console.log(parts.length, "parts"));
  `;

  test.for(["operator", "agents", "workflowEngine"] as const)(
    "%s has all that it imports",
    async (name, { expect }) => {
      const log = await finish({
        name: name.toLowerCase(),
        image: platform.images[name],
        uid: 1000,
        command: ["node", "-e", load],
      });
      expect(log).toMatch(/^[1-9]\d* parts$/m);
    },
  );
});
