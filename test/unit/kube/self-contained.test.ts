// A kubeconfig for other machines: one context, nothing beside it, nothing that only this machine has.
import { join } from "node:path";
import { expect, it } from "vitest";
import { NoKubeconfig } from "../../../kube/kubeconfig/read.ts";
import { BoundToMachine, selfContained } from "../../../kube/kubeconfig/self-contained.ts";
import { base64, configOf, folderOf } from "./servers.ts";

const parsedKubeconfig = (kubeconfig: string, context?: string) => JSON.parse(selfContained({ kubeconfig, context }));

const yaml = `
current-context: a
contexts:
- { name: a, context: { cluster: one, user: alice } }
- { name: b, context: { cluster: two, user: bob, namespace: n } }
- { name: nobody, context: { cluster: two } }
clusters:
- { name: one, cluster: { server: "https://one", certificate-authority: ca.crt } }
- { name: two, cluster: { server: "https://two/path", certificate-authority-data: Q0E=, tls-server-name: s, proxy-url: "socks5://u:p@proxy.example.com" } }
users:
- { name: alice, user: { client-certificate: cert, client-key: key, tokenFile: tokens/alice, as: root, as-groups: [g] } }
- { name: bob, user: { token: t } }
`;

it("takes the named context alone, or the current one", () => {
  expect(parsedKubeconfig(yaml, "b")).toEqual({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "b",
    contexts: [{ name: "b", context: { cluster: "two", user: "bob", namespace: "n" } }],
    clusters: [
      {
        name: "two",
        cluster: {
          server: "https://two/path",
          "certificate-authority-data": "Q0E=",
          "tls-server-name": "s",
          "proxy-url": "socks5://u:p@proxy.example.com",
        },
      },
    ],
    users: [{ name: "bob", user: { token: "t" } }],
  });
  expect(parsedKubeconfig(yaml, "nobody")).toMatchObject({
    contexts: [{ context: { cluster: "two", user: "" } }],
    users: [],
  });
});

it("holds the content of files, a token's too", () => {
  const folder = folderOf({ "ca.crt": "CA", cert: "CERT", key: "KEY", "tokens/alice": "secret\n", config: yaml });
  const { clusters, users } = parsedKubeconfig(join(folder, "config"));
  expect(clusters[0].cluster).toEqual({ server: "https://one", "certificate-authority-data": base64("CA") });
  expect(users[0].user).toEqual({
    "client-certificate-data": base64("CERT"),
    "client-key-data": base64("KEY"),
    token: "secret",
    as: "root",
    "as-groups": ["g"],
  });
});

it("leaves a plugin that is found by PATH, and refuses one of this machine", () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "gke-gcloud-auth-plugin", args: ["a"] };
  expect(parsedKubeconfig(configOf({ server: "https://one" }, { exec })).users[0].user.exec).toMatchObject(exec);
  for (const command of ["/usr/bin/plugin", "./plugin", "bin/plugin"])
    expect(() => parsedKubeconfig(configOf({ server: "https://one" }, { exec: { ...exec, command } }))).toThrow(
      new BoundToMachine(
        `kubeconfig: users['u'].user.exec.command is ${command}, a program of this machine: name one that is found by PATH`,
      ),
    );
});

it.each(["http://localhost:8118", "http://127.0.0.1:8118", "socks5://u:secret@[::1]", "https://LOCALHOST"])(
  "refuses the proxy of this machine: %s",
  (proxy) => {
    const attempt = () => parsedKubeconfig(configOf({ server: "https://one", "proxy-url": proxy }));
    expect(attempt).toThrow(BoundToMachine);
    expect(attempt).toThrow(/cluster\.proxy-url is .*, a proxy on this machine/);
    expect(attempt).not.toThrow(/secret/);
  },
);

it("is an error where there is no such file, context or file that it names", () => {
  expect(() => parsedKubeconfig("/nowhere/kubeconfig")).toThrow(NoKubeconfig);
  expect(() => parsedKubeconfig(yaml, "none")).toThrow("kubeconfig has no context 'none': there are a, b, nobody");
  expect(() => parsedKubeconfig(join(folderOf({ config: yaml }), "config"))).toThrow(
    /users\['alice'\]\.user\.tokenFile: ENOENT/,
  );
});
