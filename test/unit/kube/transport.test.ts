// Requests to an API server as a kubeconfig says: its path, TLS, whom the user impersonates, credentials that are renewed.
import { writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Transport } from "../../../kube/connection/transport.ts";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";
import { authority, base64, clientOf, configOf, fakeServer, folderOf, get } from "./servers.ts";

let ca: Awaited<ReturnType<typeof authority>>;
beforeAll(async () => {
  ca = await authority();
});

describe("the server's path", () => {
  it.each(["/k8s/clusters/c-1", "/k8s/clusters/c-1/"])("is before every request's (%s)", async (path) => {
    const server = await fakeServer();
    const client = clientOf(configOf({ server: server.url + path }));
    await get(client, "/api/v1/pods?watch=1");
    await get(client, "/version");
    expect(server.requests.map(({ url }) => url)).toEqual([
      "/k8s/clusters/c-1/api/v1/pods?watch=1",
      "/k8s/clusters/c-1/version",
    ]);
    expect(client.server).toBe(`${server.url}/k8s/clusters/c-1`);
  });
});

describe("an impersonated user", () => {
  it("goes with every request, with its uid, its groups and its extra fields", async () => {
    const server = await fakeServer();
    const user = {
      token: "t",
      as: "jané",
      "as-uid": "7",
      "as-groups": ["dev", "ops"],
      "as-user-extra": { "example.com/scopes": ["a", "b"], reason: ["x y"] },
    };
    await get(clientOf(configOf({ server: server.url }, user)));
    const raw = server.requests[0]?.raw ?? [];
    const values = (name: string) => raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name);
    expect(Buffer.from(values("impersonate-user")[0] ?? "", "latin1").toString()).toBe("jané");
    expect(values("impersonate-uid")).toEqual(["7"]);
    expect(values("impersonate-group")).toEqual(["dev", "ops"]);
    expect(values("impersonate-extra-example.com%2fscopes")).toEqual(["a", "b"]);
    expect(values("impersonate-extra-reason")).toEqual(["x y"]);
    expect(values("authorization")).toEqual(["Bearer t"]);
  });
});

describe("credentials", () => {
  it("are a user and a password, too", async () => {
    const server = await fakeServer();
    await get(clientOf(configOf({ server: server.url }, { username: "u", password: "p" })));
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${base64("u:p")}`);
  });

  it("of a file win over the token beside it, and are found relative to the kubeconfig", async () => {
    const server = await fakeServer();
    const user = { token: "old", tokenFile: "tokens/new" };
    const folder = folderOf({ "tokens/new": "new\n", config: configOf({ server: server.url }, user) });
    await get(clientOf(join(folder, "config")));
    expect(server.requests[0]?.headers.authorization).toBe("Bearer new");
  });

  it("are read again after a 401, and the request is sent once more", async () => {
    const server = await fakeServer();
    const folder = folderOf({ token: "one", config: configOf({ server: server.url }, { tokenFile: "token" }) });
    const client = clientOf(join(folder, "config"));
    expect(await get(client)).toBe(200);
    writeFileSync(join(folder, "token"), "two");
    server.statuses.push(401);
    expect(await get(client)).toBe(200);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer one",
      "Bearer one",
      "Bearer two",
    ]);
  });

  it("that are the same still are refused for good", async () => {
    const server = await fakeServer();
    server.statuses.push(401);
    expect(await get(clientOf(configOf({ server: server.url }, { token: "t" })))).toBe(401);
    expect(server.requests).toHaveLength(1);
  });

  it("don't go over a network in clear", () => {
    const config = configOf({ server: "http://api.example.com" }, { token: "t" });
    expect(() => connectionOf({ kubeconfig: config })).toThrow(
      /server is http:\/\/api\.example\.com\/: the credentials.*in clear/,
    );
    expect(connectionOf({ kubeconfig: configOf({ server: "http://api.example.com" }) }).server).toBe(
      "http://api.example.com",
    );
  });

  it("are a certificate, from files beside the kubeconfig", async () => {
    const server = await fakeServer({ ...(await ca.sign("server", { ipAddresses: ["127.0.0.1"] })), clientCa: ca.ca });
    const jane = await ca.sign("jane");
    const folder = folderOf({
      "pki/ca.crt": ca.ca,
      "pki/jane.crt": jane.certificate,
      "pki/jane.key": jane.key,
      config: configOf(
        { server: server.url, "certificate-authority": "pki/ca.crt" },
        { "client-certificate": "pki/jane.crt", "client-key": "pki/jane.key" },
      ),
    });
    expect(await get(clientOf(join(folder, "config")))).toBe(200);
    expect(server.requests[0]?.certificate).toBe("jane");
  });

  it("that are a renewed certificate go over connections of their own", async () => {
    const server = await fakeServer({ ...(await ca.sign("server", { ipAddresses: ["127.0.0.1"] })), clientCa: ca.ca });
    const pairs = [await ca.sign("one"), await ca.sign("two")];
    const credentials = pairs.map(({ certificate: cert, key }) => ({ cert, key }));
    const transport = new Transport({ server: server.url, ca: ca.ca, credentials: async () => credentials[0] ?? {} });
    await get(transport);
    credentials.shift();
    await get(transport);
    await transport.destroy();
    expect(server.requests.map(({ certificate }) => certificate)).toEqual(["one", "two"]);
  });
});

describe("the server's certificate", () => {
  it("must be of the kubeconfig's authority", async () => {
    const other = await authority();
    const server = await fakeServer(await other.sign("server", { ipAddresses: ["127.0.0.1"] }));
    const client = clientOf(configOf({ server: server.url, "certificate-authority-data": base64(ca.ca) }));
    await expect(get(client)).rejects.toThrow(/certificate/);
    expect(await get(clientOf(configOf({ server: server.url, "insecure-skip-tls-verify": true })))).toBe(200);
  });

  it("must carry the name that tls-server-name says, which is sent by SNI, too", async () => {
    const server = await fakeServer(await ca.sign("server", { dnsNames: ["api.test"] }));
    const cluster = { server: server.url, "certificate-authority-data": base64(ca.ca) };
    expect(await get(clientOf(configOf({ ...cluster, "tls-server-name": "api.test" })))).toBe(200);
    expect(server.requests[0]?.sni).toBe("api.test");
    await expect(get(clientOf(configOf({ ...cluster, "tls-server-name": "other.test" })))).rejects.toThrow(
      /other\.test/,
    );
    await expect(get(clientOf(configOf(cluster)))).rejects.toThrow(/127\.0\.0\.1/);
  });

  it("may be asked to carry an address", async () => {
    const server = await fakeServer(await ca.sign("server", { ipAddresses: ["10.1.2.3"] }));
    const cluster = { server: server.url, "certificate-authority-data": base64(ca.ca) };
    expect(await get(clientOf(configOf({ ...cluster, "tls-server-name": "10.1.2.3" })))).toBe(200);
    await expect(get(clientOf(configOf({ ...cluster, "tls-server-name": "10.1.2.4" })))).rejects.toThrow(/10\.1\.2\.4/);
  });

  it("is checked of a server with an IPv6 address, too", async () => {
    const server = await fakeServer(await ca.sign("server", { ipAddresses: ["::1"] }), "::1");
    const client = clientOf(configOf({ server: server.url, "certificate-authority-data": base64(ca.ca) }));
    expect(await get(client)).toBe(200);
    expect(client.server).toMatch(/^https:\/\/\[::1\]:\d+$/);
  });
});

describe("a server that can't be reached", () => {
  it("has an error with words", async () => {
    const server = await fakeServer();
    const { port } = server;
    await new Promise((resolve) => server.server.close(resolve));
    await expect(get(clientOf(configOf({ server: `http://localhost:${port}` })))).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("the protocol", () => {
  it.each([
    [{}, "2.0"],
    [{ http2: false }, "1.1"],
  ])("with %o, of a server that speaks both, is HTTP/%s", async (options, version) => {
    const { certificate: cert, key } = await ca.sign("server", { ipAddresses: ["127.0.0.1"] });
    const versions: string[] = [];
    const server = createSecureServer({ cert, key, allowHTTP1: true }, ({ httpVersion }, response) => {
      versions.push(httpVersion);
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = new Transport({ server: url, ca: ca.ca }, options);
    await get(transport);
    await transport.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect(versions).toEqual([version]);
  });
});
