// The table of fields: every row does what it says.
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";
import { contextOf } from "../../../kube/kubeconfig/context.ts";
import { type Field, fields } from "../../../kube/kubeconfig/fields.ts";
import { readKubeconfig } from "../../../kube/kubeconfig/read.ts";
import { nonEmpty } from "../../non-empty.ts";
import { authority, base64, configOf, folderOf } from "./servers.ts";

let ca: string;
let pair: { certificate: string; key: string };
beforeAll(async () => {
  const authorityOfTest = await authority();
  ca = authorityOfTest.ca;
  pair = await authorityOfTest.sign("jane");
});

const server = "https://api.example.com";
const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "./plugin" };
const printed = (token: string) =>
  `echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"'${token}'"}}'`;

/** The connection of a kubeconfig in a folder with these files, and the credentials that it has. */
async function connection(config: string, files: Record<string, string> = {}) {
  const result = connectionOf({ kubeconfig: join(folderOf({ ...files, config }), "config") });
  return { ...result, current: await result.credentials?.() };
}
const cluster = (more: object, files?: Record<string, string>) => connection(configOf({ server, ...more }), files);
const user = (more: object, files?: Record<string, string>) => connection(configOf({ server }, more), files);
const plugin = (more: object, script: string) =>
  user({ exec: { ...exec, ...more } }, { plugin: `#!/bin/sh\n${script}` });
const token = (value: string) => ({ current: { authorization: `Bearer ${value}` } });

/** By field: shows that it has its effect on the connection. */
const effects: Record<string, () => Promise<unknown>> = {
  "context.cluster": async () => expect(await cluster({})).toMatchObject({ server }),
  "context.user": async () => expect(await user({ token: "t" })).toMatchObject(token("t")),
  "context.namespace": async () =>
    expect(await connection(configOf({ server }, {}, { namespace: "team-a" }))).toMatchObject({ namespace: "team-a" }),
  "cluster.server": async () =>
    expect(await cluster({ server: `${server}/a/b/` })).toMatchObject({ server: `${server}/a/b` }),
  "cluster.tls-server-name": async () =>
    expect(await cluster({ "tls-server-name": "s" })).toMatchObject({ serverName: "s" }),
  "cluster.insecure-skip-tls-verify": async () =>
    expect(await cluster({ "insecure-skip-tls-verify": true })).toMatchObject({ insecure: true }),
  "cluster.certificate-authority": async () =>
    expect(await cluster({ "certificate-authority": "pki/ca" }, { "pki/ca": ca })).toMatchObject({ ca }),
  "cluster.certificate-authority-data": async () =>
    expect(await cluster({ "certificate-authority-data": base64(ca) })).toMatchObject({ ca }),
  "cluster.proxy-url": async () =>
    expect(await cluster({ "proxy-url": "socks5://proxy" })).toMatchObject({ proxy: "socks5://proxy" }),
  "cluster.disable-compression": async () => expect(await cluster({ "disable-compression": true })).toEqual({ server }),
  "cluster.extensions": async () =>
    expect(
      await connection(
        configOf(
          { server, extensions: [{ name: "client.authentication.k8s.io/exec", extension: { for: "me" } }] },
          { exec: { ...exec, provideClusterInfo: true } },
        ),
        { plugin: `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in *'"config":{"for":"me"}'*) ${printed("told")};; esac` },
      ),
    ).toMatchObject(token("told")),
  "user.client-certificate": async () =>
    expect(await files()).toMatchObject({ current: { cert: pair.certificate.trim() } }),
  "user.client-key": async () => expect(await files()).toMatchObject({ current: { key: pair.key.trim() } }),
  "user.client-certificate-data": async () =>
    expect(await data()).toMatchObject({ current: { cert: pair.certificate } }),
  "user.client-key-data": async () => expect(await data()).toMatchObject({ current: { key: pair.key } }),
  "user.token": async () => expect(await user({ token: "t" })).toMatchObject(token("t")),
  "user.tokenFile": async () =>
    expect(await user({ token: "t", tokenFile: "a/b" }, { "a/b": "from the file\n" })).toMatchObject(
      token("from the file"),
    ),
  "user.as": async () => expect(await user({ as: "a" })).toMatchObject({ headers: { "Impersonate-User": "a" } }),
  "user.as-uid": async () =>
    expect(await user({ as: "a", "as-uid": "7" })).toMatchObject({ headers: { "Impersonate-Uid": "7" } }),
  "user.as-groups": async () =>
    expect(await user({ as: "a", "as-groups": ["g", "h"] })).toMatchObject({
      headers: { "Impersonate-Group": ["g", "h"] },
    }),
  "user.as-user-extra": async () =>
    expect(await user({ as: "a", "as-user-extra": { k: ["v"] } })).toMatchObject({
      headers: { "Impersonate-Extra-k": ["v"] },
    }),
  "user.username": async () =>
    expect(await user({ username: "u" })).toMatchObject({ current: { authorization: `Basic ${base64("u:")}` } }),
  "user.password": async () =>
    expect(await user({ username: "u", password: "p" })).toMatchObject({
      current: { authorization: `Basic ${base64("u:p")}` },
    }),
  "user.exec": async () => expect(await plugin({}, printed("p"))).toMatchObject(token("p")),
  "exec.apiVersion": async () => {
    const v1alpha1 = "client.authentication.k8s.io/v1alpha1";
    await expect(plugin({ apiVersion: v1alpha1 }, "")).rejects.toThrow(
      `user.exec.apiVersion is '${v1alpha1}': it must be`,
    );
    await expect(plugin({ apiVersion: "" }, "")).rejects.toThrow("user.exec.apiVersion is missing");
  },
  "exec.command": async () => {
    expect(await plugin({ command: "../plugins/it/../it/run" }, "").catch((error: Error) => error.message)).toMatch(
      /plugins\/it\/run is not installed/,
    );
    await expect(plugin({ command: "" }, "")).rejects.toThrow("user.exec.command is missing");
  },
  "exec.args": async () => expect(await plugin({ args: ["x"] }, printed("$1"))).toMatchObject(token("x")),
  "exec.env": async () => {
    expect(await plugin({ env: [{ name: "WHO", value: "me" }] }, printed("$WHO"))).toMatchObject(token("me"));
    await expect(plugin({ env: [{ value: "me" }] }, "")).rejects.toThrow(
      "user.exec.env[0] must have a name and a value",
    );
  },
  "exec.installHint": async () =>
    await expect(plugin({ command: "no-such-plugin", installHint: "get it" }, "")).rejects.toThrow(
      "is not installed: get it",
    ),
  "exec.provideClusterInfo": async () =>
    expect(
      await plugin(
        { provideClusterInfo: true },
        `case "$KUBERNETES_EXEC_INFO" in *${server}*) ${printed("told")};; esac`,
      ),
    ).toMatchObject(token("told")),
  "exec.interactiveMode": async () => {
    await expect(plugin({ interactiveMode: "Always" }, "")).rejects.toThrow("needs a terminal");
    await expect(plugin({ interactiveMode: "Often" }, "")).rejects.toThrow(
      "user.exec.interactiveMode is 'Often': it must be",
    );
    await expect(plugin({ apiVersion: "client.authentication.k8s.io/v1" }, "")).rejects.toThrow(
      "user.exec.interactiveMode is missing",
    );
  },
};

const files = () => user({ "client-certificate": "c", "client-key": "k" }, { c: pair.certificate, k: pair.key });
const data = () => user({ "client-certificate-data": base64(pair.certificate), "client-key-data": base64(pair.key) });

/** A kubeconfig whose part has one more field. */
function withField({ part, name }: Field, value: unknown): string {
  const more = { [name]: value };
  if (part === "exec") return configOf({ server }, { exec: { ...exec, ...more } });
  if (part === "user") return configOf({ server }, { as: "a", ...more });
  return part === "cluster" ? configOf({ server, ...more }) : configOf({ server }, { token: "t" }, more);
}
const namesWith = (outcome: Field["outcome"]) => fields.filter((field) => field.outcome === outcome);
const title = ({ part, name }: Field) => `${part}.${name}`;

it("shows the effect of each field that has one", () => {
  expect(Object.keys(effects).sort()).toEqual(namesWith("done").map(title).sort());
});

it.each(Object.entries(effects))("%s does what the table says", async (_, effect) => {
  await effect();
});

it.each(nonEmpty(namesWith("refused").map((field) => [title(field), field] as const)))(
  "%s is an error that names it",
  (_, field) => {
    expect(() => connectionOf({ kubeconfig: withField(field, { name: "gcp" }) })).toThrow(
      new RegExp(`\\.${field.name} is not supported\\. Kubernetes 1\\.26`),
    );
  },
);

it.each(nonEmpty(namesWith("no effect").map((field) => [title(field), field] as const)))(
  "%s changes nothing",
  (_, field) => {
    const configWith = (value: unknown) => ({
      ...connectionOf({ kubeconfig: withField(field, value) }),
      credentials: undefined,
    });
    expect(configWith(field.type === "text" ? "v1" : [{ name: "x", extension: {} }])).toEqual(configWith(null));
  },
);

const invalidValues: Partial<Record<Field["type"], unknown>> = {
  text: 12345,
  "true or false": "true",
  base64: "not base64!",
  "list of texts": [1],
  "lists of texts by name": { a: "b" },
};
const titled = (list: readonly Field[]) => list.map((field) => [title(field), field] as const);

it.each(nonEmpty(titled(fields.filter(({ type }) => type !== "any"))))(
  "%s of another type is an error that names it",
  (_, field) => {
    expect(() => contextOf(readKubeconfig({ kubeconfig: withField(field, invalidValues[field.type]) }))).toThrow(
      new RegExp(`\\.${field.name} is .*: it must be `),
    );
  },
);

const required = ["cluster", "server", "command", "apiVersion"];
it.each(nonEmpty(titled(fields.filter(({ name }) => !required.includes(name)))))(
  "an empty %s counts as absent",
  (_, field) => {
    const empty = field.type.startsWith("list") || field.type === "any" ? [] : "";
    const contextWith = (value: unknown) => contextOf(readKubeconfig({ kubeconfig: withField(field, value) }));
    expect(contextWith(field.type === "true or false" ? null : empty)).toEqual(contextWith(undefined));
  },
);

it.each(["cluster", "user", "context", "exec"] as const)(
  "an unknown field of a %s is an error that names it",
  (part) => {
    const field = { part, name: "as-grups", type: "any", outcome: "done", description: "" } as const;
    expect(() => connectionOf({ kubeconfig: withField(field, ["g"]) })).toThrow(
      /\.as-grups is not a field of a kubeconfig: there are /,
    );
  },
);

it.each<[string, string, string]>([
  [
    "an authority twice",
    configOf({ server, "certificate-authority": "a", "certificate-authority-data": "Q0E=" }),
    "certificate-authority and certificate-authority-data exclude each other",
  ],
  [
    "an authority that isn't used",
    configOf({ server, "certificate-authority-data": "Q0E=", "insecure-skip-tls-verify": true }),
    "insecure-skip-tls-verify and certificate-authority-data exclude each other",
  ],
  [
    "an authority that isn't a certificate",
    configOf({ server, "certificate-authority-data": "Q0E=" }),
    "certificate-authority-data holds no certificate as PEM",
  ],
  [
    "a certificate without its key",
    configOf({ server }, { "client-certificate-data": "Q0E=" }),
    "user: client-key is missing",
  ],
  [
    "a key without its certificate",
    configOf({ server }, { "client-key-data": "Q0E=" }),
    "user: client-certificate is missing",
  ],
  [
    "a token and a user",
    configOf({ server }, { token: "t", username: "u" }),
    "a token and a username exclude each other",
  ],
  ["groups of nobody", configOf({ server }, { "as-groups": ["g"] }), "user.as-groups needs 'as'"],
  ["a file that isn't there", configOf({ server }, { tokenFile: "/no/where" }), "user.tokenFile: ENOENT"],
  ["a user in the server's URL", configOf({ server: "https://u:p@api" }), "server holds a user"],
  ["a query in the server's URL", configOf({ server: "https://api?a=b" }), "a query or a fragment can't be part of it"],
  ["a server by another scheme", configOf({ server: "unix:///run/x" }), "it must be a URL, by https or http"],
  [
    "an invalid name of a namespace",
    configOf({ server }, undefined, { namespace: "Team A" }),
    "namespace 'Team A' is not a valid name",
  ],
])("%s is refused", (_, kubeconfig, message) => {
  expect(() => connectionOf({ kubeconfig })).toThrow(message);
});

it.each([
  [{ server: "api.example.com:6443", "insecure-skip-tls-verify": true }, "https://api.example.com:6443"],
  [{ server: "localhost:8080" }, "http://localhost:8080"],
  [{ server: "https://[::1]:6443/" }, "https://[::1]:6443"],
])("the server of %j is %s, as for client-go", (clusterFields, url) => {
  expect(connectionOf({ kubeconfig: configOf(clusterFields) }).server).toBe(url);
});
