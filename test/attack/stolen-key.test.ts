// Somebody who has taken a tenant's key of the object store out of one of its pods.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metricsPolicy, metricsToken, metricsUser } from "../../components/data/minio/metrics-token.ts";
import { bucketPolicy, minioSetupScript } from "../../components/data/minio/setup.ts";
import { minioBuild, minioClientBuild } from "../../embedded/images/recipes/go.ts";
import { ensureGoProgram } from "../../embedded/node/build.ts";
import { freePorts } from "../integration/ports.ts";
import { storeAttacks } from "./services/store.ts";

const execute = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), "stolen-key-"));
const tenants = { "tenant-a": "first-key-of-tenant-a", "tenant-b": "first-key-of-tenant-b" };
const metricsKey = "key-of-the-reader-of-metrics";
let root = "first-root-password";
let server: ChildProcess;
let url: string;
let bin: string;

beforeAll(async () => {
  const programs = [await ensureGoProgram(minioBuild()), await ensureGoProgram(minioClientBuild())];
  bin = programs.map((program) => dirname(program)).join(":");
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  start();
  await setUp(tenants);
});
afterAll(async () => {
  await end();
  rmSync(dir, { recursive: true, force: true });
});

function start(): void {
  server = spawn("minio", ["server", join(dir, "data"), "--address", url.slice("http://".length), "--quiet"], {
    stdio: "ignore",
    env: { ...environment("server"), MINIO_ROOT_USER: "root", MINIO_ROOT_PASSWORD: root, MINIO_BROWSER: "off" },
  });
}

async function end(): Promise<void> {
  if (!server || server.exitCode !== null) return;
  const exit = new Promise((resolve) => server.once("exit", resolve));
  server.kill();
  await exit;
}

const environment = (home: string) => ({
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  MINIO_URL: url,
  MC_CONFIG_DIR: join(dir, home),
});

/** Runs the platform's own set-up with these keys, as its Job does. A user's bucket has its name without the generation. */
async function setUp(keys: Record<string, string>): Promise<void> {
  const bucketOf = (user: string) => user.replace(/\.\d+$/, "");
  const secrets = join(dir, "secrets");
  const files: Record<string, string> = {
    "minio/user": "root",
    "minio/password": root,
    "users/lifecycle.json": JSON.stringify({
      Rules: [{ ID: "expire", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 30 } }],
    }),
    "users/users": Object.keys(keys)
      .map((name) => `${name} ${bucketOf(name)}\n`)
      .join(""),
    "users/readers": `${metricsUser}\n`,
    "users/known": [...Object.keys(keys), metricsUser].map((name) => `${name}\n`).join(""),
    [`users/${metricsUser}.key`]: metricsKey,
    [`users/${metricsUser}.json`]: metricsPolicy,
  };
  for (const [name, key] of Object.entries(keys)) {
    files[`users/${name}.key`] = key;
    files[`users/${name}.json`] = bucketPolicy(bucketOf(name));
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(secrets, name)), { recursive: true });
    writeFileSync(join(secrets, name), text);
  }
  const script = minioSetupScript.replaceAll("/etc/secrets", secrets);
  await execute("sh", ["-ec", script], { env: environment("root") });
}

/** What `mc` says to somebody with the key of tenant a; `user` and `key` where it is another one. */
async function mc(args: string[], { user = "tenant-a", key = tenants["tenant-a"] } = {}): Promise<string> {
  const env = { ...environment("stolen"), MC_HOST_s: url.replace("//", `//${user}:${encodeURIComponent(key)}@`) };
  const { stdout, stderr } = await execute("mc", ["--json", ...args], { env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return stdout + stderr;
}

test("reads the metrics by a token that the tenant's key signs: refused, unlike the scraper's own", async () => {
  const ask = async (token: string) => {
    const answer = await fetch(`${url}/minio/v2/metrics/cluster`, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, text: await answer.text() };
  };
  const own = await ask(metricsToken(metricsKey));
  expect(own).toMatchObject({ status: 200, text: expect.stringContaining("minio_s3_requests_total") });
  const forged = [metricsToken(tenants["tenant-a"]), metricsToken(tenants["tenant-a"], "tenant-a"), "", "x.y.z"];
  for (const token of forged) expect((await ask(token)).status).toBe(403);
});

test("reads a bucket as the reader of metrics: refused", async () => {
  const reader = { user: metricsUser, key: metricsKey };
  for (const args of [
    ["ls", "s/tenant-a"],
    ["cat", "s/tenant-a/report.md"],
    ["admin", "info", "s"],
  ])
    expect(await mc(args, reader)).toMatch(/Access Denied|Insufficient permissions/);
});

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

/** What curl gets with keys, or with those of a session. */
async function curl(
  args: string[],
  { user = "tenant-a:first-key-of-tenant-a", token = "", service = "s3" } = {},
): Promise<string> {
  const session = token ? ["--header", `x-amz-security-token: ${token}`] : [];
  const signature = ["--aws-sigv4", `aws:amz:us-east-1:${service}`, "--user", user, ...session];
  const { stdout } = await execute("curl", ["--silent", "--include", "--path-as-is", ...signature, ...args]).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

test("by requests of its own making: access denied to each, while its own bucket answers", async () => {
  const says = await Promise.all(
    storeAttacks(url, "tenant-a", "tenant-b").map(async ([attack, args, words, service]) => {
      const answer = await curl(args, { service });
      return [attack, words.test(answer) ? "refused" : answer];
    }),
  );
  expect(says.filter(([, answer]) => answer !== "refused")).toEqual([]);
  expect(await curl([`${url}/tenant-a?list-type=2`])).toContain("HTTP/1.1 200");
});

/** The keys of a session that outlasts the rotation, which MinIO makes for every user, whatever its policy. */
async function assumeRole() {
  const body = "Action=AssumeRole&Version=2011-06-15&DurationSeconds=604800";
  const answer = await curl(["--data", body, url], { service: "sts" });
  const field = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)?.[1] ?? "";
  return { user: `${field("AccessKeyId")}:${field("SecretAccessKey")}`, token: field("SessionToken") };
}

test("makes temporary keys: they can do no more than the key itself", async () => {
  const session = await assumeRole();
  expect(await curl([`${url}/tenant-a/report.md`], session)).toContain("# Report");
  expect(await curl([`${url}/tenant-b?list-type=2`], session)).toContain("AccessDenied");
  expect(await curl([`${url}/minio/admin/v3/list-users`], session)).toContain("HTTP/1.1 403");
});

test("has nothing any more once the key is rotated, while the tenant goes on with the new one", async () => {
  const next = { user: "tenant-a.2", key: "second-key-of-tenant-a" };
  const { "tenant-b": other } = tenants;
  const session = await assumeRole();
  const command = ["cat", "s/tenant-a/report.md"];
  await setUp({ ...tenants, [next.user]: next.key });
  // What runs with the old key goes on.
  expect([await mc(command), await mc(command, next)]).toEqual(["# Report", "# Report"]);
  expect(await mc(["ls", "s/tenant-b"], next)).toMatch(/Access ?Denied/i);
  await setUp({ [next.user]: next.key, "tenant-b": other });
  // Users are cached for a moment.
  for (let i = 0; i < 50 && !(await mc(["ls", "s/tenant-a"])).includes("error"); i++) await sleep(100);
  expect(await mc(command)).toContain("Your account is disabled");
  expect(await curl([`${url}/tenant-a/report.md`], session)).toContain("AccessDenied");
  expect(await mc(command, next)).toBe("# Report");
});

test("has nothing of the root user's once that password is rotated, and the users stay", async () => {
  const asRoot = { user: "root", key: root };
  const users = ["admin", "user", "ls", "s/"];
  expect(await mc(users, asRoot)).toContain("tenant-a.2");
  await end();
  root = "second-root-password";
  start();
  await setUp({ "tenant-a.2": "second-key-of-tenant-a", "tenant-b": tenants["tenant-b"] });
  expect(await mc(users, asRoot)).toMatch(/signature|denied/i);
  expect(await mc(["cat", "s/tenant-a/report.md"], { user: "tenant-a.2", key: "second-key-of-tenant-a" })).toBe(
    "# Report",
  );
});
