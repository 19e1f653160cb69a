// Credential plugins: what they get, what they return, how long that is used, and the errors of those that fail.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";
import { cachedCredentials, credentialOf } from "../../../kube/kubeconfig/exec.ts";
import { authority, base64, clientOf, configOf, fakeServer, folderOf, get } from "./servers.ts";

const v1 = "client.authentication.k8s.io/v1";
const v1beta1 = "client.authentication.k8s.io/v1beta1";
const credential = (status: object, apiVersion = v1beta1) =>
  JSON.stringify({ apiVersion, kind: "ExecCredential", status });

/** A kubeconfig whose plugin is a script beside it. */
function withPlugin(script: string, { cluster = {}, exec = {} }: { cluster?: object; exec?: object } = {}): string {
  const user = { exec: { apiVersion: v1beta1, command: "./bin/plugin", ...exec } };
  const files = {
    "bin/plugin": `#!/bin/sh\ncd "$(dirname "$0")"\n${script}`,
    config: configOf({ server: "https://api", ...cluster }, user),
  };
  return join(folderOf(files), "config");
}
const credentials = async (kubeconfig: string) => await connectionOf({ kubeconfig }).credentials?.();

describe("a plugin", () => {
  it("is found relative to the kubeconfig, with its arguments, its variables and KUBERNETES_EXEC_INFO", async () => {
    const script = `echo "$0 $1 $EXTRA" > words; printf '%s' "$KUBERNETES_EXEC_INFO" > info; echo '${credential({ token: "t" })}'`;
    const kubeconfig = withPlugin(script, { exec: { args: ["login"], env: [{ name: "EXTRA", value: "yes" }] } });
    expect(await credentials(kubeconfig)).toEqual({ authorization: "Bearer t" });
    const bin = join(kubeconfig, "../bin");
    expect(readFileSync(join(bin, "words"), "utf8")).toBe(`${bin}/plugin login yes\n`);
    expect(JSON.parse(readFileSync(join(bin, "info"), "utf8"))).toEqual({
      kind: "ExecCredential",
      apiVersion: v1beta1,
      spec: { interactive: false },
    });
  });

  it("gets the cluster's data if it asks for them", async () => {
    const kubeconfig = withPlugin(
      `printf '%s' "$KUBERNETES_EXEC_INFO" > info; echo '${credential({ token: "t" }, v1)}'`,
      {
        cluster: {
          "tls-server-name": "name",
          "insecure-skip-tls-verify": true,
          "proxy-url": "http://proxy:1",
          extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "a" } }],
        },
        exec: { apiVersion: v1, interactiveMode: "Never", provideClusterInfo: true },
      },
    );
    await credentials(kubeconfig);
    expect(JSON.parse(readFileSync(join(kubeconfig, "../bin/info"), "utf8")).spec).toEqual({
      cluster: {
        server: "https://api",
        "tls-server-name": "name",
        "insecure-skip-tls-verify": true,
        "proxy-url": "http://proxy:1",
        config: { audience: "a" },
      },
      interactive: false,
    });
  });

  it("runs once for all callers, clients of the same cluster included", async () => {
    const kubeconfig = withPlugin(`echo x >> runs; sleep 0.1; echo '${credential({ token: "t" })}'`);
    await Promise.all([credentials(kubeconfig), credentials(kubeconfig), credentials(kubeconfig)]);
    await credentials(kubeconfig);
    expect(readFileSync(join(kubeconfig, "../bin/runs"), "utf8")).toBe("x\n");
  });

  it("runs again after a 401, and the request is sent once more", async () => {
    const server = await fakeServer();
    const kubeconfig = withPlugin(
      `echo x >> runs; echo '${credential({ token: "TOKEN" })}' | sed "s/TOKEN/$(wc -l < runs)/"`,
      {
        cluster: { server: server.url },
      },
    );
    server.statuses.push(401);
    expect(await get(clientOf(kubeconfig))).toBe(200);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it("may return a certificate, which the connection then uses", async () => {
    const ca = await authority();
    const server = await fakeServer({ ...(await ca.sign("server", { ipAddresses: ["127.0.0.1"] })), clientCa: ca.ca });
    const jane = await ca.sign("jane");
    const text = credential({ clientCertificateData: jane.certificate, clientKeyData: jane.key });
    const kubeconfig = withPlugin(`cat <<'END'\n${text}\nEND`, {
      cluster: { server: server.url, "certificate-authority-data": base64(ca.ca) },
    });
    expect(await get(clientOf(kubeconfig))).toBe(200);
    expect(server.requests[0]?.certificate).toBe("jane");
  });

  it("doesn't run for a user who has a token", async () => {
    const config = configOf(
      { server: "https://api" },
      { token: "t", exec: { apiVersion: v1beta1, command: "/nowhere" } },
    );
    expect(await credentials(config)).toEqual({ authorization: "Bearer t" });
  });

  it.each([
    [
      "isn't there",
      "",
      { command: "/nowhere/plugin", installHint: "\u001b[1mbrew\u001b[0m install it" },
      "users['u'].user.exec: the credential plugin /nowhere/plugin is not installed: brew install it",
    ],
    ["isn't in PATH", "", { command: "no-such-plugin" }, "the credential plugin no-such-plugin is not installed"],
    ["fails", "echo 'log in first' >&2; exit 3", {}, "plugin failed with exit code 3: log in first"],
    [
      "needs a terminal",
      "",
      { interactiveMode: "Always" },
      "needs a terminal (interactiveMode: Always), and there is none",
    ],
    ["prints something else", "echo hello", {}, "printed something else than an ExecCredential"],
  ])("that %s is an error with its field and its name", async (_, script, exec, message) => {
    await expect(credentials(withPlugin(script, { exec }))).rejects.toThrow(message);
  });
});

describe("what a plugin prints", () => {
  it.each([
    [{}, "gave neither a token nor a certificate"],
    [{ clientCertificateData: "c" }, "gave a certificate's text without its key"],
    [{ clientKeyData: "k" }, "gave a certificate's key without its text"],
    [{ token: "t", expirationTimestamp: "soon" }, "gave an expirationTimestamp that is not a time: soon"],
  ])("can't be a status of %j", (status, message) => {
    expect(() => credentialOf(credential(status), v1beta1)).toThrow(message);
  });

  it("must be of the version that the kubeconfig says, and have a status", () => {
    expect(() => credentialOf(credential({ token: "t" }), v1)).toThrow(`of ${v1beta1}, and the kubeconfig says ${v1}`);
    expect(() => credentialOf(JSON.stringify({ apiVersion: v1, kind: "ExecCredential" }), v1)).toThrow(
      "without a status",
    );
  });

  it("is used until it expires", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    let runs = 0;
    const source = cachedCredentials(
      async () =>
        credentialOf(credential({ token: String(++runs), expirationTimestamp: "2026-01-01T01:00:00Z" }), v1beta1),
      () => now,
    );
    expect([await source(), await source()]).toEqual([{ authorization: "Bearer 1" }, { authorization: "Bearer 1" }]);
    now += 3_600_001;
    expect(await source()).toEqual({ authorization: "Bearer 2" });
  });
});
