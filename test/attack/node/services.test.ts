// Somebody who has a tenant's credentials for the data services of the embedded node's platform, and who turns them on others.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Forward, forward, get } from "../../../embedded/cli/cluster.ts";
import { namespace, platform } from "../../e2e/platform/platform.ts";
import { sqlAttacks } from "../services/sql.ts";
import { storeAttacks } from "../services/store.ts";

const run = promisify(execFile);
const space = "shared-services";
const folder = mkdtempSync(join(tmpdir(), "attack-services-"));
const authority = join(folder, "ca.crt");
const ways: Forward[] = [];

async function secret(name: string): Promise<Record<string, string>> {
  const { data = {} } = (await get(platform, "secret", name, namespace)) ?? {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

async function reach(service: string, port: number): Promise<number> {
  const way = await forward(platform, space, `svc/${service}`, port);
  ways.push(way);
  return way.port;
}

/** What a program prints, whether it succeeds or not. */
async function output(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await run(command, args, { env: { ...process.env, ...env } }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return stdout + stderr;
}

beforeAll(async () => {
  writeFileSync(authority, (await secret("platform-ca"))["ca.crt"] ?? "");
});
afterAll(async () => {
  await Promise.all(ways.map((way) => way[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true });
});

describe("with a tenant's password of the database", () => {
  let answers: string[];

  /** What psql prints for statements, each in a line, and goes on after one that fails. */
  async function psql(statements: string, database = namespace): Promise<string> {
    const { password = "", user = namespace } = await secret("postgres");
    // A connection that ends in an error takes the forwarded port with it.
    await using way = await forward(platform, space, "svc/postgres", 5432);
    const env = {
      PGHOST: "postgres.shared-services",
      PGHOSTADDR: "127.0.0.1",
      PGPORT: String(way.port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: authority,
    };
    const file = join(folder, `${database}.sql`);
    writeFileSync(file, statements);
    return await output("sh", ["-c", 'psql --no-psqlrc -tA --file "$1" 2>&1', "sh", file], env);
  }

  beforeAll(async () => {
    const script = sqlAttacks.map(([, statement]) => `${statement};\n\\echo ---\n`).join("");
    answers = (await psql(`${script}SELECT 'works';\n`)).split("---\n");
  });

  test.each(sqlAttacks.map(([attack, , says], i) => ({ attack, says, i })))(
    "$attack: refused by Postgres",
    ({ says, i }) => {
      expect(answers[i]).toMatch(says);
      expect(answers.at(-1)).toMatch(/works$/m);
    },
  );

  test.each(["postgres", "template1", "argo", "tenant-green", "model-gateway"])(
    "opens the database %s: refused by pg_hba.conf",
    async (database) => {
      expect(await psql("SELECT 1", database)).toMatch(/no pg_hba.conf entry|permission denied for database/);
      expect((await psql("SELECT 1")).trim()).toBe("1");
    },
  );
});

describe("with a tenant's key of the object store", () => {
  let curl: (args: string[], by?: string) => Promise<string>;
  beforeAll(async () => {
    const keys = await secret("object-store");
    const port = await reach("minio", 9000);
    curl = (args, by = "s3") =>
      output("curl", [
        "--silent",
        "--include",
        "--http1.1",
        "--path-as-is",
        ...["--cacert", authority, "--connect-to", `minio.shared-services:9000:127.0.0.1:${port}`],
        ...["--aws-sigv4", `aws:amz:us-east-1:${by}`, "--user", `${keys["access-key"]}:${keys["secret-key"]}`],
        ...args,
      ]);
  });

  test.concurrent.for(storeAttacks("https://minio.shared-services:9000", "artifacts", "artifacts-acme"))(
    "$0: refused by MinIO",
    async ([, args, says, by], { expect }) => {
      expect(await curl(args, by)).toMatch(says);
      expect(await curl(["https://minio.shared-services:9000/artifacts?list-type=2"])).toContain("HTTP/1.1 200");
    },
  );
});

describe("with a tenant's key of the model gateway", () => {
  let ask: (path: string, method?: string, body?: object) => Promise<string>;
  beforeAll(async () => {
    const key = (await secret("litellm"))["api-key"];
    const port = await reach("litellm", 4000);
    ask = (path, method = "POST", body = {}) =>
      output("curl", [
        "--silent",
        "--include",
        "--http1.1",
        ...["--cacert", authority, "--connect-to", `litellm.shared-services:4000:127.0.0.1:${port}`],
        ...[
          "--request",
          method,
          "--header",
          `Authorization: Bearer ${key}`,
          "--header",
          "Content-Type: application/json",
        ],
        ...(method === "GET" ? [] : ["--data", JSON.stringify(body)]),
        `https://litellm.shared-services:4000${path}`,
      ]);
  });

  test.concurrent.for([
    ["makes a key", "/key/generate", "POST"],
    ["reads keys", "/key/list", "GET"],
    ["makes a user", "/user/new", "POST"],
    ["makes a team", "/team/new", "POST"],
    ["adds a model", "/model/new", "POST"],
    ["reads the models' settings", "/v1/model/info", "GET"],
    ["reads the settings", "/get/config/callbacks", "GET"],
    ["changes the settings", "/config/update", "POST"],
    ["empties the cache", "/cache/flushall", "POST"],
    ["reads what others spend", "/global/spend", "GET"],
    ["reads what others asked", "/spend/logs", "GET"],
    ["passes through to the provider", "/openai/v1/models", "GET"],
    ["asks the provider's files", "/v1/files", "GET"],
    ["has a server of tools asked", "/mcp/", "POST"],
    ["reads the gateway's routes", "/routes", "GET"],
    ["reads metrics", "/metrics", "GET"],
    ["asks by a doubled slash", "//key/generate", "POST"],
    ["asks by a path above", "/v1/../key/generate", "POST"],
  ])("%s: refused by the gateway", async ([, path = "", method], { expect }) => {
    const answer = await ask(path, method);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|401|403|404|405|422|500)/);
    expect(answer).toMatch(/is not for tenants' keys|Not Found|unknown key|Method Not Allowed|auth_error/i);
    expect(await ask("/v1/models", "GET")).toMatch(/^HTTP\/1\.1 200[\s\S]*"id"/);
  });
});
