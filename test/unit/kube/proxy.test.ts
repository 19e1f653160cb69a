// The proxy between: everything goes by it, nothing past it.
import { beforeAll, expect, it } from "vitest";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";
import { authority, base64, clientOf, configOf, fakeServer, get, httpProxy, socksProxy } from "./servers.ts";

let ca: Awaited<ReturnType<typeof authority>>;
beforeAll(async () => {
  ca = await authority();
});

/** An API server by TLS, and the kubeconfig that leads to it by a proxy. */
async function behind(proxy: string, host = "127.0.0.1") {
  const server = await fakeServer(await ca.sign("server", { ipAddresses: ["127.0.0.1"], dnsNames: ["api.test"] }));
  const url = `https://${host}:${server.port}/a/path`;
  const cluster = { server: url, "certificate-authority-data": base64(ca.ca), "proxy-url": proxy };
  return { server, client: clientOf(configOf(cluster, { token: "t" })) };
}

it("by http carries TLS from end to end, with the proxy's user shown to the proxy alone", async () => {
  const proxy = await httpProxy();
  const { server, client } = await behind(`http://me:s%40crt@127.0.0.1:${proxy.port}`);
  expect(await get(client)).toBe(200);
  expect(proxy.targets).toEqual([`CONNECT 127.0.0.1:${server.port}`]);
  expect(proxy.authorizations).toEqual([`Basic ${base64("me:s@crt")}`]);
  expect(server.requests[0]?.url).toBe("/a/path/api");
  expect(server.requests[0]?.headers).toMatchObject({ authorization: "Bearer t" });
  expect(server.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
});

it("by http gets whole URLs of a server without TLS", async () => {
  const proxy = await httpProxy();
  const client = clientOf(configOf({ server: "http://127.0.0.1:1/a", "proxy-url": `http://127.0.0.1:${proxy.port}` }));
  expect(await get(client, "/version")).toBe(200);
  expect(proxy.targets).toEqual(["GET http://127.0.0.1:1/a/version"]);
});

it("by https may be vouched for by the cluster's authority", async () => {
  const proxy = await httpProxy(await ca.sign("proxy", { ipAddresses: ["127.0.0.1"] }));
  const { server, client } = await behind(`https://127.0.0.1:${proxy.port}`);
  expect(await get(client)).toBe(200);
  expect(proxy.targets).toEqual([`CONNECT 127.0.0.1:${server.port}`]);
});

it.each([undefined, { user: "me", password: "s@crt" }])(
  "by socks5 looks the name up itself (login %j)",
  async (login) => {
    const proxy = await socksProxy(login);
    const { server, client } = await behind(
      `socks5://${login ? "me:s%40crt@" : ""}127.0.0.1:${proxy.port}`,
      "api.test",
    );
    expect(await get(client)).toBe(200);
    expect(proxy.targets).toEqual([`api.test:${server.port}`]);
    expect(server.requests[0]?.sni).toBe("api.test");
  },
);

it.each(["http", "https", "socks5"])("that isn't there is said, by %s, and nothing goes past it", async (scheme) => {
  const { server, client } = await behind(`${scheme}://me:secret@127.0.0.1:1`);
  const error = await get(client).catch((reason: Error) => reason);
  expect(String(error)).toMatch(
    new RegExp(`by the proxy ${scheme}://me:\\*\\*\\*@127\\.0\\.0\\.1:1 \\(proxy-url\\): .*ECONNREFUSED`),
  );
  expect(server.requests).toEqual([]);
});

it.each(["socks4://127.0.0.1:1", "ftp://127.0.0.1", "127.0.0.1:3128", "http://"])("can't be %s", (proxy) => {
  const config = configOf({ server: "https://127.0.0.1:1", "proxy-url": proxy });
  expect(() => connectionOf({ kubeconfig: config })).toThrow(
    "clusters['c'].cluster.proxy-url must be a URL by http, https or socks5",
  );
});
