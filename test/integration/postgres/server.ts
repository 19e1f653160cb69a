// Runs the pods that the platform's program describes for Postgres, with Debian's Postgres in the image's place.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { authority, pair } from "../../unit/certificates/authority.ts";
import { type KubeObject, objects, type Registered } from "../../unit/components/program.ts";
import { freePort } from "../ports.ts";

/** What a command left. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Server {
  /** Its port on the loopback. */
  port: number;
  /** File with the authority of its certificate. */
  ca: string;
  /** Makes a Job's pod run to its end, with what is mounted into it. */
  job(all: readonly Registered[], env?: Record<string, string>): Promise<Ended>;
  /** A statement as a role over the network, TLS checked; its answer, or what psql says in its place. */
  as(
    role: string,
    password: string,
    database: string,
    statement: string,
    more?: Record<string, string>,
  ): Promise<Ended>;
  /** A statement as the superuser, on the server's own socket. */
  admin(statement: string, database?: string): string;
  /** Puts other rules of who may come in into the place of the platform's. */
  rules(text: string): void;
  /** A session of psql that waits for its statements. */
  session(role: string, password: string, database: string): ChildProcess;
  /** What the server has logged. */
  log(): string;
  stop(): Promise<void>;
}

/** Debian's "nobody": Postgres refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const version = readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a))[0];
/** Another version is had by its folder; `psql` is the system's. */
const bin = process.env.POSTGRES_BIN ?? `/usr/lib/postgresql/${version}/bin`;

/** Starts the StatefulSet's server on an empty volume, or one that an earlier release's script began; logs every statement. */
export async function startServer(all: readonly Registered[], earlier = ""): Promise<Server> {
  const root = mkdtempSync(join(tmpdir(), "tenants-pg-"));
  chown(root);
  const port = await freePort();
  const certificates = await makeCertificates();
  const pod = objects(all, "StatefulSet").find(({ metadata }) => metadata?.name === "postgres")?.spec.template.spec;
  const mounted = mount(pod, all, join(root, "server"), certificates);
  const data = join(root, "pgdata");
  const socket = join(root, "socket");
  mkdirSync(socket);
  chown(socket);
  const run = (command: string, args: string[], input = "") =>
    execFileSync(join(bin, command), args, { ...user, cwd: root, input, stdio: "pipe" }).toString();
  const passwords = mounted.path("/etc/secrets/postgres");
  run("initdb", [
    "-D",
    data,
    "-U",
    "postgres",
    `--pwfile=${passwords}/postgres`,
    "--no-sync",
    "-E",
    "UTF8",
    "--locale=C",
  ]);
  // Nobody here is the system's user `postgres`, as in the image.
  const rules = join(mounted.path("/etc/postgres"), "pg_hba.conf");
  writeFileSync(rules, readFileSync(rules, "utf8").replace("local all postgres peer", "local all postgres trust"));
  const [container] = pod.containers;
  const settings = (container.args as string[]).slice(1).map(mounted.text);
  const logged = { text: "" };
  const serverOptions = [
    "-D",
    data,
    "-p",
    String(port),
    "-k",
    socket,
    "-c",
    "fsync=off",
    "-c",
    "listen_addresses=127.0.0.1",
  ];
  const child = spawn(join(bin, "postgres"), [...settings, ...serverOptions, "-c", "log_statement=all"], {
    ...user,
    cwd: root,
    stdio: "pipe",
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      logged.text += chunk.toString();
      if (logged.text.includes("ready to accept connections")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`postgres ended with ${code}: ${logged.text}`)));
  });
  const local = { PATH: `${bin}:/usr/bin:/bin`, PGHOST: socket, PGPORT: String(port) };
  const script = readFileSync(join(mounted.path("/docker-entrypoint-initdb.d"), "10-databases.sh"), "utf8");
  execFileSync("/bin/sh", ["-c", mounted.text(script)], { ...user, cwd: root, env: local, stdio: "pipe" });
  const psql = ["--no-psqlrc", "-tA", "-v", "ON_ERROR_STOP=1"];
  const admin = (statement: string, database = "postgres") =>
    execFileSync("psql", [...psql, "-U", "postgres", "-d", database, "-c", statement], { env: local, stdio: "pipe" })
      .toString()
      .trim();
  if (earlier) for (const statement of earlier.split("\n")) admin(statement);
  // What is logged from here on is looked at.
  logged.text = "";
  const ca = join(root, "ca.crt");
  writeFileSync(ca, certificates["ca.crt"]);
  const remote = (role: string, password: string, database: string) => ({
    PATH: local.PATH,
    HOME: root,
    PGHOST: "postgres.shared-services",
    PGHOSTADDR: "127.0.0.1",
    PGPORT: local.PGPORT,
    PGUSER: role,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: ca,
  });
  let jobs = 0;
  return {
    port,
    ca,
    job: async (current, env = {}) => {
      const job = objects(current, "Job").find(({ metadata }) => metadata?.name.startsWith("postgres-tenants-"));
      const files = mount(job?.spec.template.spec, current, join(root, `job-${jobs++}`), certificates);
      const [main] = job?.spec.template.spec.containers ?? [];
      const environment = Object.fromEntries(
        (main.env as { name: string; value: string }[]).map(({ name, value }) => [name, files.text(value)]),
      );
      const [command = "", ...args] = (main.command as string[]).map(files.text);
      const around = { PATH: local.PATH, PGHOSTADDR: "127.0.0.1" };
      return await runToEnd(command, args, { ...environment, PGPORT: local.PGPORT, ...around, ...env });
    },
    as: (role, password, database, statement, more = {}) =>
      runToEnd("psql", [...psql, "-c", statement], { ...remote(role, password, database), ...more }),
    admin,
    rules: (text) => {
      writeFileSync(rules, `local all postgres trust\n${text}\n`);
      admin("SELECT pg_reload_conf()");
    },
    session: (role, password, database) =>
      spawn("psql", psql, { env: remote(role, password, database), cwd: root, stdio: "pipe" }),
    log: () => logged.text,
    stop: async () => {
      const exit = new Promise((resolve) => child.once("exit", resolve));
      child.removeAllListeners("exit").once("exit", () => {});
      child.kill("SIGQUIT");
      await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 2000))]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const chown = (path: string) => "uid" in user && chownSync(path, user.uid as number, user.gid as number);

function runToEnd(command: string, args: string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(command, args, { env, cwd: tmpdir(), timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error.code as unknown as number) ?? null) : 0, stdout: stdout.trim(), stderr }),
    ),
  );
}

/** Writes a pod's volumes below a folder; paths in the pod's texts then lead there. */
function mount(pod: KubeObject["spec"], all: readonly Registered[], root: string, tls: Record<string, string>) {
  const folders: Record<string, string> = {};
  const objectNamed = (kind: string, name: string) =>
    objects(all, kind).find(({ metadata }) => metadata?.name === name);
  for (const { name, mountPath } of pod.containers[0].volumeMounts) {
    const volume = pod.volumes.find((volume: { name: string }) => volume.name === name) ?? {};
    const { secret, configMap } = volume;
    const mountedFiles: Record<string, string> =
      secret?.secretName === "postgres-tls"
        ? tls
        : (objectNamed("Secret", secret?.secretName)?.stringData ??
          objectNamed("ConfigMap", configMap?.name)?.data ??
          {});
    const keys: { key: string; path: string }[] =
      secret?.items ?? Object.keys(mountedFiles).map((key) => ({ key, path: key }));
    const folder = join(root, mountPath);
    mkdirSync(folder, { recursive: true });
    for (const { key, path } of keys) {
      writeFileSync(join(folder, path), mountedFiles[key] ?? "", { mode: 0o600 });
      chown(join(folder, path));
    }
    for (let parent = folder; parent.startsWith(root); parent = dirname(parent)) chown(parent);
    folders[mountPath] = folder;
  }
  const paths = Object.keys(folders).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(paths.join("|"), "g");
  return {
    path: (mountPath: string) => folders[mountPath] ?? "",
    // All at once: the folders themselves are below /tmp.
    text: (value: string) => value.replace(pattern, (mountPath) => folders[mountPath] ?? mountPath),
  };
}

async function makeCertificates(): Promise<Record<"ca.crt" | "tls.crt" | "tls.key", string>> {
  const ca = await authority();
  const name = "postgres.shared-services";
  const { certificate, key } = await pair({ commonName: name, dnsNames: [name] }, ca, {
    algorithm: "ECDSA",
    size: 256,
    encoding: "PKCS8",
  });
  return { "ca.crt": ca.certificate, "tls.crt": certificate, "tls.key": key };
}
