// The proxy that the environment names: what Go's httpproxy says of the same variables (its own tables are among the cases).
import { describe, expect, it } from "vitest";
import { proxyFromEnvironment } from "../../../kube/connection/environment-proxy.ts";
import { Transport } from "../../../kube/connection/transport.ts";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";
import { authority, base64, configOf, fakeServer, get, httpProxy } from "./servers.ts";

const proxyOf = (server: string, env: NodeJS.ProcessEnv) => proxyFromEnvironment(new URL(server), env)?.url;

describe("the variable", () => {
  it.each([
    [{ HTTPS_PROXY: "http://a:1" }, "http://a:1/"],
    [{ HTTPS_PROXY: "http://a:1", https_proxy: "http://b:1" }, "http://b:1/"],
    [{ HTTPS_PROXY: "http://a:1", https_proxy: "" }, "http://a:1/"],
    [{ HTTP_PROXY: "http://a:1", ALL_PROXY: "http://b:1" }, undefined],
    [{ HTTPS_PROXY: "a:3128" }, "http://a:3128/"],
    [{ HTTPS_PROXY: "127.0.0.1:3128" }, "http://127.0.0.1:3128/"],
    [{ HTTPS_PROXY: "cache.corp.example.com" }, "http://cache.corp.example.com/"],
    [{ HTTPS_PROXY: "https://me:s%40crt@a" }, "https://me:s%40crt@a/"],
    [{ HTTPS_PROXY: "socks5://a:1080" }, "socks5://a:1080"],
    [{ HTTPS_PROXY: "socks5h://a:1080" }, "socks5://a:1080"],
    [{ HTTPS_PROXY: "" }, undefined],
  ])("is read as Go reads it: %j", (env, proxy) => {
    expect(proxyOf("https://api.example.com", env)).toBe(proxy);
  });

  it("for http is another one", () => {
    const env = { HTTP_PROXY: "http://a:1", HTTPS_PROXY: "http://b:1" };
    expect(proxyOf("http://api.example.com", env)).toBe("http://a:1/");
    expect(proxyFromEnvironment(new URL("https://api.example.com"), env)).toEqual({
      url: "http://b:1/",
      variable: "HTTPS_PROXY",
    });
  });

  it.each(["ftp://a", "http://", "socks4://a:1"])("that holds %j is an error, where a proxy would be used", (proxy) => {
    expect(() => proxyOf("https://api.example.com", { https_proxy: proxy })).toThrow("https_proxy must be a host");
    expect(proxyOf("https://api.example.com", { https_proxy: proxy, NO_PROXY: "*" })).toBeUndefined();
  });
});

describe("a server that is left out", () => {
  const hostsBypassing = (server: string, NO_PROXY: string) =>
    proxyOf(`https://${server}`, { HTTPS_PROXY: "http://proxy:1", NO_PROXY }) === undefined;

  it.each(["localhost", "localhost:6443", "127.0.0.1", "127.0.0.2:6443", "127.1.2.3", "[::1]", "[::1]:443"])(
    "is one on loopback, whatever the variables say: %s",
    (server) => expect(hostsBypassing(server, "")).toBe(true),
  );

  it.each([
    // Server, NO_PROXY
    ["api.test", "*"],
    ["10.1.2.3", "api.test, *"],
    ["api.test", "api.test"],
    ["API.test", " Api.TEST "],
    ["a.api.test:6443", "api.test"],
    ["a.api.test", ".api.test"],
    ["a.api.test", "*.api.test"],
    ["api.test:6443", "x,api.test:6443,y"],
    ["api.test", "api.test:443"],
    ["api.test", "api.test:"],
    ["10.1.2.3", "10.0.0.0/8"],
    ["10.1.2.3:6443", "10.1.2.3"],
    ["10.1.2.3:6443", "10.1.2.3:6443"],
    ["[fd00::1]", "fd00::/8"],
    ["[fd00::1]", "fd00:0::1"],
    ["[fd00::1]:6443", "[fd00::1]:6443"],
    ["[::ffff:10.1.2.3]", "10.0.0.0/8"],
    ["münchen.example", "münchen.example"],
    ["a.münchen.example", ".xn--mnchen-3ya.example"],
  ])("is %s by NO_PROXY=%s", (server, noProxy) => expect(hostsBypassing(server, noProxy)).toBe(true));

  it.each([
    ["foo.localhost", ""],
    ["api.test", ".api.test"],
    ["api.test", "*.api.test"],
    ["notapi.test", "api.test"],
    ["api.test.evil", "api.test"],
    ["api.test:6443", "api.test:443"],
    ["api.test", "api.*"],
    ["api.test", "api.test x"],
    ["api.test", ":443"],
    ["11.1.2.3", "10.0.0.0/8"],
    ["10.1.2.3", "10.0.0.0/33"],
    ["10.1.2.3:6443", "10.1.2.3:443"],
    ["10.1.2.3", "1.2.3"],
    ["[fd00::1]", "[fd00::1]"],
    ["[fe80::1]", "fd00::/8"],
  ])("is not %s by NO_PROXY=%s", (server, noProxy) => expect(hostsBypassing(server, noProxy)).toBe(false));

  it("is told by no_proxy before NO_PROXY", () => {
    const env = { HTTPS_PROXY: "http://p:1", NO_PROXY: "api.test", no_proxy: "other.test" };
    expect(proxyOf("https://api.test", env)).toBe("http://p:1/");
  });
});

describe("requests", () => {
  async function behind(env: NodeJS.ProcessEnv, cluster: object = {}) {
    const ca = await authority();
    const server = await fakeServer(await ca.sign("server", { dnsNames: ["api.test"] }));
    const config = configOf(
      { server: `https://api.test:${server.port}`, "certificate-authority-data": base64(ca.ca), ...cluster },
      { token: "t" },
    );
    return { server, client: new Transport(connectionOf({ kubeconfig: config }), { env }) };
  }

  it("go by the environment's proxy, and by the kubeconfig's before it", async () => {
    const [first, second] = [await httpProxy(), await httpProxy()];
    const env = { HTTPS_PROXY: `127.0.0.1:${first.port}` };
    const client = await behind(env);
    // The name is the proxy's to look up: it knows none of it.
    await get(client.client).catch(() => undefined);
    expect(first.targets).toEqual([`CONNECT api.test:${client.server.port}`]);
    const two = await behind(env, { "proxy-url": `http://127.0.0.1:${second.port}` });
    await get(two.client).catch(() => undefined);
    expect(second.targets).toEqual([`CONNECT api.test:${two.server.port}`]);
    expect(first.targets).toHaveLength(1);
    await Promise.all([client.client.destroy(), two.client.destroy()]);
  });

  it("that fail there say whose proxy it is", async () => {
    const { client } = await behind({ https_proxy: "http://me:secret@127.0.0.1:1" });
    await expect(get(client)).rejects.toThrow(
      /by the proxy http:\/\/me:\*\*\*@127\.0\.0\.1:1 \(https_proxy\): .*ECONNREFUSED/,
    );
    await client.destroy();
  });

  it("to loopback go past it", async () => {
    const server = await fakeServer();
    const client = new Transport(connectionOf({ kubeconfig: configOf({ server: server.url }) }), {
      env: { HTTP_PROXY: "http://127.0.0.1:1" },
    });
    expect(await get(client)).toBe(200);
    await client.destroy();
  });
});
