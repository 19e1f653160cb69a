// Which kubeconfigs are read, how they are merged, and the errors of those that can't be used.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connect } from "../../../kube/connection/connect.ts";
import { inCluster } from "../../../kube/connection/in-cluster.ts";
import { RenewedFile } from "../../../kube/connection/renewed-file.ts";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";
import { contextOf } from "../../../kube/kubeconfig/context.ts";
import { kubeconfigPaths, readKubeconfig } from "../../../kube/kubeconfig/read.ts";
import { configOf, folderOf } from "./servers.ts";

const entry = (name: string, server: string, user: object = {}) => ({
  contexts: [{ name, context: { cluster: name, user: name } }],
  clusters: [{ name, cluster: { server } }],
  users: [{ name, user }],
});
const authorization = async (connection: ReturnType<typeof connectionOf>) =>
  (await connection.credentials?.())?.authorization;

describe("KUBECONFIG with several files", () => {
  const first = { ...entry("both", "https://one", { token: "one" }), "current-context": "" };
  const two = { ...entry("both", "https://two", { tokenFile: "t" }), "current-context": "second" };
  const second = { ...entry("second", "https://second", { tokenFile: "t" }), "current-context": "both" };
  const folder = folderOf({
    "a/one": JSON.stringify(first),
    "b/two": JSON.stringify(two),
    "c/second": JSON.stringify(second),
    "c/t": "beside the third",
  });
  const env = {
    KUBECONFIG: ["a/one", "nowhere", "", "b/two", "c/second", "a/one"]
      .map((name) => name && join(folder, name))
      .join(":"),
  };

  it("takes each name, and the current context, from the first file that has it, and paths against that file", async () => {
    expect(connectionOf({ env, context: "both" }).server).toBe("https://one");
    expect(await authorization(connectionOf({ env, context: "both" }))).toBe("Bearer one");
    const current = connectionOf({ env });
    expect(current.server).toBe("https://second");
    expect(await authorization(current)).toBe("Bearer beside the third");
  });

  it("uses the named cluster instead of the context's, with the context's user", async () => {
    const otherCluster = connectionOf({ env, context: "both", cluster: "second" });
    expect(otherCluster.server).toBe("https://second");
    expect(await authorization(otherCluster)).toBe("Bearer one");
    expect(() => connectionOf({ env, cluster: "third" })).toThrow(
      "the cluster to use is 'third', which the kubeconfig",
    );
  });

  it("is an error that names all files if none exists", () => {
    expect(() => readKubeconfig({ env: { KUBECONFIG: "/no/a:/no/b" } })).toThrow(
      "none of the kubeconfigs of KUBECONFIG exists (/no/a, /no/b): is the cluster up?",
    );
    expect(() => readKubeconfig({ env: { KUBECONFIG: ":" } })).toThrow("it names no file");
  });

  it("names all files if a context is in none of them", () => {
    expect(() => contextOf(readKubeconfig({ env }), "third")).toThrow(
      `kubeconfig ${join(folder, "a/one")} + ${join(folder, "b/two")} + ${join(folder, "c/second")} has no context 'third': there are second, both`,
    );
  });
});

describe("the file that is read", () => {
  const env = { HOME: "/home/jane" };
  it.each([
    [{ env }, ["/home/jane/.kube/config"]],
    [{ env: { ...env, KUBECONFIG: "" } }, ["/home/jane/.kube/config"]],
    [{ env, kubeconfig: "~/other" }, ["/home/jane/other"]],
    [{ env: { ...env, KUBECONFIG: "/a:/b" }, kubeconfig: "/c:/d" }, ["/c:/d"]],
  ])("of %j is %j", (options, paths) => {
    expect(kubeconfigPaths(options)).toEqual(paths);
  });

  it("must be there", () => {
    expect(() => connectionOf({ kubeconfig: "/no/where" })).toThrow(
      "kubeconfig /no/where does not exist: is the cluster up?",
    );
  });

  it("can't be a folder", () => {
    expect(() => connectionOf({ kubeconfig: folderOf({ x: "" }) })).toThrow(/kubeconfig .* can't be read: EISDIR/);
  });

  const yaml = `apiVersion: v1
kind: Config
current-context: x
contexts: [{ name: x, context: { cluster: c, user: u, namespace: team-a } }]
clusters: [{ name: c, cluster: { server: "https://api" } }]
users: [{ name: u, user: { token: t } }]
preferences: {}
`;
  it.each([
    ["YAML", yaml],
    ["YAML of Windows, with a byte order mark", `\uFEFF${yaml.replaceAll("\n", "\r\n")}`],
    [
      "JSON on one line",
      JSON.stringify(JSON.parse(configOf({ server: "https://api" }, { token: "t" }, { namespace: "team-a" }))),
    ],
    [
      "JSON with a byte order mark",
      `\uFEFF${configOf({ server: "https://api" }, { token: "t" }, { namespace: "team-a" })}`,
    ],
    [
      "YAML with merge keys",
      yaml.replace(
        "users: [{ name: u, user: { token: t } }]",
        "x: &x { token: t }\nusers: [{ name: u, user: { <<: *x } }]",
      ),
    ],
  ])("may be %s, in a file or given as content", async (_, text) => {
    for (const kubeconfig of [text, join(folderOf({ config: text }), "config")]) {
      const connection = connectionOf({ kubeconfig });
      expect(connection).toMatchObject({ server: "https://api", namespace: "team-a" });
      expect(await authorization(connection)).toBe("Bearer t");
    }
  });
});

describe("a kubeconfig that can't be used", () => {
  const valid = JSON.parse(configOf({ server: "https://api" }, { token: "t" }));
  const changed = (change: object) => JSON.stringify({ ...valid, ...change });
  it.each([
    ["invalid YAML", "a: [1\n", "kubeconfig can't be read as YAML or JSON: "],
    ["a text", "just\nwords", "kubeconfig is not a kubeconfig: it has no fields"],
    ["another kind", changed({ kind: "Pod" }), "kubeconfig is not a kubeconfig: it is Pod of v1, not Config of v1"],
    [
      "no current context",
      changed({ "current-context": "" }),
      "kubeconfig has no current-context, and no context is named: there are x",
    ],
    ["no contexts", changed({ contexts: null }), "kubeconfig has no context 'x': there are none"],
    [
      "a current context that is a number",
      changed({ "current-context": 1 }),
      "kubeconfig: current-context is 1: it must be a text (in quotes)",
    ],
    ["contexts that aren't a list", changed({ contexts: {} }), "kubeconfig: contexts must be a list"],
    [
      "a name that is a number",
      changed({ users: [{ name: 7 }] }),
      "kubeconfig: users[0].name is 7: it must be a text (in quotes)",
    ],
    ["no name", changed({ users: [{ user: {} }] }), "kubeconfig: users[0].name is missing"],
    [
      "a name twice",
      changed({ clusters: [...valid.clusters, ...valid.clusters] }),
      "kubeconfig: clusters has 'c' twice",
    ],
    [
      "a context without a cluster",
      changed({ contexts: [{ name: "x", context: {} }] }),
      "contexts['x'].context.cluster is missing",
    ],
    [
      "a context whose cluster isn't there",
      changed({ contexts: [{ name: "x", context: { cluster: "d" } }] }),
      "contexts['x'].context.cluster is 'd', which the kubeconfig doesn't have: there are c",
    ],
    [
      "a context whose user isn't there",
      changed({ users: [] }),
      "contexts['x'].context.user is 'u', which the kubeconfig doesn't have: there are none",
    ],
    [
      "a cluster that is a text",
      changed({ clusters: [{ name: "c", cluster: "https://api" }] }),
      "clusters['c'].cluster is a text of another form: it must have fields",
    ],
  ])("has %s", (_, kubeconfig, message) => {
    expect(() => connectionOf({ kubeconfig })).toThrow(message);
  });

  it.each(["yes", "Yes", "on", "true"])("may write true as %s, as YAML 1.1 had it", (spelling) => {
    const text = JSON.stringify({ ...valid, clusters: [] }).replace(
      '"clusters":[]',
      `"clusters": [{name: c, cluster: {server: "https://api", insecure-skip-tls-verify: ${spelling}}}]`,
    );
    expect(connectionOf({ kubeconfig: text })).toMatchObject({ insecure: true });
    expect(() => connectionOf({ kubeconfig: text.replace(`: ${spelling}}`, `: "${spelling}"}`) })).toThrow(
      "insecure-skip-tls-verify is a text of another form",
    );
  });

  it("is one document", () => {
    expect(() => connectionOf({ kubeconfig: `---\n${JSON.stringify(valid)}\n---\nb: 1\n` })).toThrow(
      "kubeconfig can't be read as YAML or JSON: it holds several YAML documents",
    );
  });

  it("is an error that names the cluster or the user, whatever is wrong with it", () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.object({ maxDepth: 1 }),
    );
    const fields = fc.dictionary(
      fc.constantFrom(
        "server",
        "token",
        "tokenFile",
        "exec",
        "as",
        "as-groups",
        "proxy-url",
        "certificate-authority-data",
        "client-key-data",
        "extensions",
        "other",
      ),
      leaf,
    );
    fc.assert(
      fc.property(fields, fields, (cluster, user) => {
        try {
          connectionOf({
            kubeconfig: JSON.stringify({ ...valid, clusters: [{ name: "c", cluster }], users: [{ name: "u", user }] }),
          });
        } catch (error) {
          expect(String(error)).toMatch(/Error: kubeconfig: (clusters\['c'\]\.cluster|users\['u'\]\.user)/);
        }
      }),
    );
  });
});

describe("a controller's connection", () => {
  const account = (files: Record<string, string>) => folderOf({ "ca.crt": "CA", token: "first\n", ...files });
  const pod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };

  it("is its pod's account, with its namespace", async () => {
    const connection = await connect(pod, account({ namespace: "agents" }));
    expect(connection).toMatchObject({ server: "https://[fd00::1]:6443", ca: "CA", namespace: "agents" });
    expect(await authorization(connection)).toBe("Bearer first");
    expect((await connect({ KUBERNETES_SERVICE_HOST: "10.96.0.1" }, account({}))).server).toBe("https://10.96.0.1:443");
  });

  it("is KUBECONFIG's if that is set, in a pod, too", async () => {
    const folder = folderOf({ config: configOf({ server: "https://api" }) });
    expect((await connect({ ...pod, KUBECONFIG: join(folder, "config") }, account({}))).server).toBe("https://api");
  });

  it("is ~/.kube/config's elsewhere, and an error if that doesn't exist", async () => {
    const HOME = folderOf({ ".kube/config": configOf({ server: "https://home" }) });
    expect((await connect({ HOME })).server).toBe("https://home");
    await expect(connect({ HOME: folderOf({ x: "" }) })).rejects.toThrow("does not exist: is the cluster up?");
  });

  it("isn't a pod's if no account is mounted", () => {
    expect(() => inCluster(pod, "/nowhere")).toThrow("ENOENT");
    expect(() => inCluster({})).toThrow("KUBERNETES_SERVICE_HOST is not set");
  });

  it("reads its token again as soon as the API server has refused the last one", async () => {
    const folder = account({});
    const { credentials } = inCluster(pod, folder);
    const first = await credentials?.();
    writeFileSync(join(folder, "token"), "second");
    expect(await credentials?.()).toBe(first);
    expect(await credentials?.(first)).toEqual({ authorization: "Bearer second" });
  });
});

describe("a file that is renewed in place", () => {
  it("is read again once it is a minute old, and stays as it was while it is empty or gone", async () => {
    const path = join(folderOf({ token: "one\n" }), "token");
    let now = 0;
    const file = new RenewedFile(path, () => now);
    writeFileSync(path, "two");
    now = 59_000;
    expect(await file.current()).toBe("one");
    now = 61_000;
    expect(await file.current()).toBe("two");
    writeFileSync(path, "");
    now = 200_000;
    expect(await file.current()).toBe("two");
    expect(() => new RenewedFile(path)).toThrow("is empty");
  });
});
