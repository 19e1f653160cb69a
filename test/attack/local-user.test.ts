// Somebody with an account on the machine where the platform is deployed, and no right to it.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkArchive, privateFolder } from "../../components/cluster/local/k3s-scripts.ts";
import { withVariables } from "../../components/cluster/local/shell.ts";
import { withPack } from "../../embedded/deploy/policy/serve.ts";
import { runProgram } from "../../embedded/deploy/program.ts";

const root = join(import.meta.dirname, "../..");
const directory = join(root, "test/integration/deploy/programs/small");
const program = {
  directory,
  main: "index.ts",
  project: "test",
  stack: "test",
  config: { values: { "test:password": "hunter2" }, secretKeys: ["test:password"] },
};
const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];

interface Process {
  pid: number;
  ppid: number;
  args: string;
}

/** Processes that this one has started, itself first, as every user of the machine sees them. */
function family(): Process[] {
  const all = execFileSync("ps", ["-eo", "pid=,ppid=,args=", "-ww"], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => {
      const [, pid, ppid, args = ""] = line.match(/^\s*(\d+)\s+(\d+)\s+(.*)$/) ?? [];
      return pid ? [{ pid: Number(pid), ppid: Number(ppid), args }] : [];
    });
  const processes = all.filter(({ pid }) => pid === process.pid);
  for (const { pid } of processes) processes.push(...all.filter(({ ppid }) => ppid === pid));
  return processes;
}

/** Lines of `ss` about what the family listens on. */
function listeners(kind: "--tcp" | "--unix"): string[] {
  const pids = family().map(({ pid }) => `pid=${pid},`);
  return execFileSync("ss", ["--listening", "--numeric", "--processes", "--no-header", kind], { encoding: "utf8" })
    .split("\n")
    .filter((line) => pids.some((pid) => line.includes(pid)));
}

/** Paths of the sockets that the family listens on. */
const socketPaths = () => listeners("--unix").flatMap((line) => line.match(/ (\/\S+)/)?.[1] ?? []);

/** What connecting to a socket says to a user: "" where the connection is there. */
function connect(path: string, user: string[] = []): string {
  const script = 'IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$!\\n"';
  const { stderr } = spawnSync("setpriv", [...user, "perl", "-MIO::Socket::UNIX", "-e", script, path], {
    encoding: "utf8",
    cwd: "/",
  });
  return stderr.trim();
}

describe("while a program is deployed", () => {
  test("another user reaches neither its configuration nor its state: the protocol is on a socket of this user", async () => {
    const seen: object[] = [];
    await runProgram(
      program,
      {
        register: async () => {
          const paths = socketPaths();
          const monitors = family().flatMap(({ args }) => args.match(/--monitor=unix:(\S+)/)?.[1] ?? []);
          seen.push({
            ports: listeners("--tcp"),
            named: monitors.every((path) => paths.includes(path)) && monitors.length,
            another: monitors.map((path) => connect(path, asNobody)),
            own: monitors.map((path) => connect(path)),
          });
          return { id: "", outputs: {} };
        },
        read: async ({ inputs }) => inputs,
        outputs: () => {},
        log: () => {},
      },
      { dryRun: true },
    );
    expect(seen.length).toBeGreaterThan(0);
    expect(seen[0]).toEqual({ ports: [], named: 1, another: ["Permission denied"], own: [""] });
  });

  test("no secret of its configuration stands in the arguments of a process", async () => {
    const seen: string[] = [];
    await runProgram(
      program,
      {
        register: async () => {
          seen.push(...family().map(({ args }) => args));
          return { id: "", outputs: {} };
        },
        read: async ({ inputs }) => inputs,
        outputs: () => {},
        log: () => {},
      },
      { dryRun: true },
    );
    expect(seen.join("\n")).toContain("--project=test");
    expect(seen.join("\n")).not.toContain("hunter2");
  });
});

test("while a policy pack is asked, another user can't tell it what to overlook", async () => {
  const seen = await withPack(join(root, "policy"), program, async () => {
    const paths = socketPaths().filter((path) => path.includes("/agentic-"));
    return {
      ports: listeners("--tcp"),
      sockets: paths.map((path) => path.split("/").at(-1)).sort(),
      another: paths.map((path) => connect(path, asNobody)),
      own: paths.map((path) => connect(path)),
    };
  });
  expect(seen).toEqual({
    ports: [],
    sockets: ["engine", "pack"],
    another: ["Permission denied", "Permission denied"],
    own: ["", ""],
  });
});

describe("on a host of k3s, where archives of images are imported with root's rights", () => {
  const shell = (script: string, user: string[] = []) =>
    spawnSync("setpriv", [...user, "sh", "-c", script], { encoding: "utf8", cwd: "/" });
  const content = "layers";
  const sha256 = createHash("sha256").update(content).digest("hex");

  test("another user neither knows nor enters the folder that they are copied to; who copies them does", () => {
    const folders = [shell(privateFolder), shell(privateFolder)].map(({ stdout }) => stdout.trim());
    const [folder = "", next] = folders;
    const archive = join(folder, "images.tar");
    expect(next).not.toBe(folder);
    writeFileSync(archive, content);
    expect(shell(`echo mine > ${folder}/images.tar`, asNobody).stderr).toContain("Permission denied");
    expect(shell(`ln -s /etc/shadow ${folder}/other`, asNobody).stderr).toContain("Permission denied");
    const imported = shell(withVariables({ ARCHIVE: archive, SHA256: sha256 }, checkArchive));
    expect([imported.status, imported.stderr]).toEqual([0, ""]);
    for (const path of folders) rmSync(path, { recursive: true });
  });

  test("an archive that was replaced on its way is not imported", () => {
    const folder = shell(privateFolder).stdout.trim();
    const archive = join(folder, "images.tar");
    writeFileSync(archive, "other layers");
    const { status, stderr } = shell(withVariables({ ARCHIVE: archive, SHA256: sha256 }, checkArchive));
    expect(status).toBe(1);
    expect(stderr).toMatch(/images\.tar has the checksum [0-9a-f]{64} on this host, not .* it is not imported/);
    rmSync(folder, { recursive: true });
  });
});
