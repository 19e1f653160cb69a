// The scripts that make clusters: every one is read by a shell, and k3s' download is really held to its checksum.
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { k3dScripts } from "../../../components/cluster/local/k3d.ts";
import {
  checkArchive,
  download,
  importImages,
  install,
  privateFolder,
  uninstall,
} from "../../../components/cluster/local/k3s-scripts.ts";
import { kindScripts } from "../../../components/cluster/local/kind.ts";
import { quoted, withVariables } from "../../../components/cluster/local/shell.ts";

const execute = promisify(execFile);
const scripts = {
  "kind create": kindScripts.create,
  "kind read": kindScripts.read,
  "kind delete": kindScripts.delete,
  "k3d create": k3dScripts.create,
  "k3d read": k3dScripts.read,
  "k3d delete": k3dScripts.delete,
  "k3s install": install,
  "k3s uninstall": uninstall,
  "k3s import": importImages,
  "k3s folder": privateFolder,
  "k3s check": checkArchive,
};

describe.each(Object.entries(scripts))("%s", (_, script) => {
  it("is what a shell reads", () => {
    const { status, stderr } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
    expect(status, stderr).toBe(0);
  });

  it("has nothing that shellcheck warns of", () => {
    // Variables are assigned before the script; what is meant to be split is.
    const shellcheck = spawnSync("shellcheck", ["--shell=dash", "--exclude=SC2154,SC2153,SC2086", "-"], {
      input: script,
    });
    expect(shellcheck.error).toBeUndefined();
    expect(shellcheck.stdout.toString()).toBe("");
  });
});

it("passes values on as they are, whatever is in them", async () => {
  const value = `it's $HOME, "quoted"; \`rm\` \\ and\na line`;
  expect(execFileSync("sh", ["-c", `printf %s ${quoted(value)}`]).toString()).toBe(value);
  expect(execFileSync("sh", ["-c", withVariables({ A: value }, 'printf %s "$A"')]).toString()).toBe(value);
  expect(() => withVariables({ "a b": "" }, "")).toThrow("'a b' is not a valid variable name");
});

it("opens k3d's API and ports on loopback, and nothing on another address", () => {
  const folder = mkdtempSync(join(tmpdir(), "k3d-"));
  writeFileSync(join(folder, "k3d"), '#!/bin/sh\necho "$*"\n', { mode: 0o755 });
  const script = withVariables({ NAME: "lab", IMAGE: "r/k3s:1", PORTS: "9001:31901 12000:31200" }, k3dScripts.create);
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const { stdout, stderr } = spawnSync("sh", ["-c", script], { env, encoding: "utf8" });
  expect(stdout).toBe("kubeconfig get lab\n");
  expect(stderr.match(/--(api-)?port \S+/g)).toEqual([
    "--api-port 127.0.0.1:random",
    "--port 127.0.0.1:9001:31901@server:0:direct",
    "--port 127.0.0.1:12000:31200@server:0:direct",
  ]);
});

describe("kind's script", () => {
  /** Runs it with a docker that ends with `code` and a kind that says what it is asked. */
  const runCreate = (code: number) => {
    const folder = mkdtempSync(join(tmpdir(), "kind-"));
    writeFileSync(join(folder, "docker"), `#!/bin/sh\necho "docker $*" >&2; cat >&2; exit ${code}\n`, { mode: 0o755 });
    writeFileSync(join(folder, "kind"), '#!/bin/sh\necho "kind $1"\n', { mode: 0o755 });
    const script = withVariables({ NAME: "lab", IMAGE: "r/node:1", CONFIG: "{}" }, kindScripts.create);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    return spawnSync("sh", ["-c", script], { env, encoding: "utf8" });
  };

  it("makes a cluster where the kernel can enforce policies, and says the kubeconfig alone", () => {
    const { status, stdout, stderr } = runCreate(0);
    expect([status, stdout]).toEqual([0, "kind get\n"]);
    expect(stderr).toMatch(/docker run --rm .*--entrypoint nft r\/node:1 --check --file -\ntable inet probe .*queue/);
  });

  it("makes none where it can't, since kindnet would let everything through", () => {
    const { status, stdout, stderr } = runCreate(1);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("has no nft_queue");
    expect(stderr).not.toContain("kind create");
  });

  it("leaves it to Docker to say why the node's image doesn't start", () => {
    const { status, stderr } = runCreate(125);
    expect(status).toBe(125);
    expect(stderr).not.toContain("nft_queue");
  });
});

const binary = "the binary of a release";
const sum = createHash("sha256").update(binary).digest("hex");
const requests: string[] = [];
let sums = `${sum}  k3s\n${sum}  k3s-arm64\n`;
const server = createServer((request, response) => {
  requests.push(request.url ?? "");
  if (request.url?.includes("missing")) response.writeHead(404).end();
  else response.end(request.url?.includes("sha256sum") ? sums : binary);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => server.close());
const releases = `http://127.0.0.1:${(server.address() as { port: number }).port}/releases`;

const fetched = async (variables: object = {}) => {
  const all = { RELEASES: releases, VERSION: "v1.36.4+k3s1", SHA256: "", ...variables };
  return (await execute("sh", ["-c", withVariables(all, `set -eu\n${download}\ncat "$binary"`)])).stdout;
};

describe("k3s' download", () => {
  it("is taken with the checksum of the release's list", async () => {
    expect(await fetched()).toBe(binary);
    expect(requests[0]).toMatch(/^\/releases\/v1\.36\.4%2Bk3s1\/k3s(-arm64)?$/);
    expect(requests[1]).toMatch(/\/sha256sum-(amd64|arm64)\.txt$/);
  });

  it("is taken with the checksum of the config, and then no list is asked", async () => {
    requests.length = 0;
    expect(await fetched({ SHA256: sum })).toBe(binary);
    expect(requests).toHaveLength(1);
  });

  it("is refused with any other checksum", async () => {
    await expect(fetched({ SHA256: "0".repeat(64) })).rejects.toThrow(
      /has the checksum .*, not 0{64}: it is not installed/,
    );
    sums = `${"1".repeat(64)}  k3s\n${"1".repeat(64)}  k3s-arm64\n`;
    await expect(fetched()).rejects.toThrow(/not 1{64}/);
    sums = `${sum}  k3s-airgap-images-amd64.tar\n`;
    await expect(fetched()).rejects.toThrow("not any that the release names");
  });

  it("is refused where the release isn't there", async () => {
    await expect(fetched({ VERSION: "missing" })).rejects.toThrow("404");
  });
});
