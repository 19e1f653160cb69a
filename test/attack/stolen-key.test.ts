// Somebody who has taken a tenant's key of the object store out of one of its pods.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bucketPolicy, minioSetupScript } from "../../components/data/minio/setup.ts";
import { minioBuild, minioClientBuild } from "../../embedded/images/recipes/go.ts";
import { ensureGoProgram } from "../../embedded/node/build.ts";
import { freePorts } from "../integration/ports.ts";

const execute = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), "stolen-key-"));
const tenants = { "tenant-a": "first-key-of-tenant-a", "tenant-b": "first-key-of-tenant-b" };
let server: ChildProcess;
let url: string;
let bin: string;

beforeAll(async () => {
  const programs = [await ensureGoProgram(minioBuild()), await ensureGoProgram(minioClientBuild())];
  bin = programs.map((program) => dirname(program)).join(":");
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  server = spawn(programs[0] ?? "", ["server", join(dir, "data"), "--address", `127.0.0.1:${port}`, "--quiet"], {
    stdio: "ignore",
    env: { ...process.env, MINIO_ROOT_USER: "root", MINIO_ROOT_PASSWORD: "root-password", MINIO_BROWSER: "off" },
  });
  await setUp(tenants);
});
afterAll(async () => {
  if (server && server.exitCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill();
    await ended;
  }
  rmSync(dir, { recursive: true, force: true });
});

const environment = (home: string) => ({
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  MINIO_URL: url,
  MC_CONFIG_DIR: join(dir, home),
});

/** Runs the platform's own set-up with these keys, as its Job does. */
async function setUp(keys: Record<string, string>): Promise<void> {
  const secrets = join(dir, "secrets");
  const files: Record<string, string> = {
    "minio/user": "root",
    "minio/password": "root-password",
    "users/lifecycle.json": JSON.stringify({
      Rules: [{ ID: "expire", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 30 } }],
    }),
    "users/users": Object.keys(keys)
      .map((name) => `${name} ${name}\n`)
      .join(""),
  };
  for (const [name, key] of Object.entries(keys)) {
    files[`users/${name}.key`] = key;
    files[`users/${name}.json`] = bucketPolicy(name);
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(secrets, name)), { recursive: true });
    writeFileSync(join(secrets, name), text);
  }
  const script = minioSetupScript.replaceAll("/etc/secrets", secrets);
  await execute("sh", ["-ec", script], { env: environment("root") });
}

/** What `mc` says to somebody with the key of tenant a; `key` where it is another one. */
async function mc(args: string[], key = tenants["tenant-a"]): Promise<string> {
  const env = { ...environment("stolen"), MC_HOST_s: url.replace("//", `//tenant-a:${encodeURIComponent(key)}@`) };
  const { stdout, stderr } = await execute("mc", ["--json", ...args], { env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return stdout + stderr;
}

test("reads and writes the tenant's bucket, as its pods do", async () => {
  writeFileSync(join(dir, "report.md"), "# Report");
  expect(await mc(["cp", join(dir, "report.md"), "s/tenant-a/report.md"])).toContain('"status":"success"');
  expect(await mc(["cat", "s/tenant-a/report.md"])).toBe("# Report");
});

test.each([
  ["reads another tenant's bucket", ["ls", "s/tenant-b"]],
  ["writes into another tenant's bucket", ["cp", join(dir, "report.md"), "s/tenant-b/report.md"]],
  ["makes a bucket", ["mb", "s/tenant-a-more"]],
  ["makes an access key that outlives rotation", ["admin", "accesskey", "create", "s/"]],
  ["makes a service account that outlives rotation", ["admin", "user", "svcacct", "add", "s/", "tenant-a"]],
  ["lists the user's access keys", ["admin", "accesskey", "ls", "s/", "--self"]],
  [
    "changes the user's key, which locks the tenant out",
    ["admin", "user", "add", "s/", "tenant-a", "mine-from-now-on"],
  ],
  ["makes a user", ["admin", "user", "add", "s/", "mallory", "mine-from-now-on"]],
  ["gives itself another policy", ["admin", "policy", "attach", "s/", "readwrite", "--user", "tenant-a"]],
  ["reads the server's configuration", ["admin", "config", "get", "s/", "api"]],
  ["opens the bucket to everybody", ["anonymous", "set", "download", "s/tenant-a"]],
  ["keeps artifacts for ever", ["ilm", "rule", "rm", "--all", "--force", "s/tenant-a"]],
])("%s: access denied", async (_, args) => {
  expect(await mc(args)).toMatch(/Access ?Denied|Insufficient permissions/i);
});

test("has nothing any more once the key is rotated, while the tenant goes on with the new one", async () => {
  const next = "second-key-of-tenant-a";
  await setUp({ ...tenants, "tenant-a": next });
  // Users are cached for a moment.
  for (let i = 0; i < 50 && !(await mc(["ls", "s/tenant-a"])).includes("error"); i++) await sleep(100);
  expect(await mc(["cat", "s/tenant-a/report.md"])).toMatch(/signature|denied/i);
  expect(await mc(["cat", "s/tenant-a/report.md"], next)).toBe("# Report");
});
