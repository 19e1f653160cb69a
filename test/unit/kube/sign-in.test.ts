// How a page of the console is opened: by which command, and by an address that has a code in it and no token.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CODES_PATH } from "@agentic/api/console.ts";
import { browserCommand, openBrowser, signedInPage } from "@agentic/kube/console/sign-in.ts";
import { expect, test } from "vitest";

/** A console that gives this code to whoever brings the token. */
async function serve(token: string, code: string) {
  const server = createServer((request, response) => {
    const is = request.method === "POST" && request.url === CODES_PATH;
    const known = is && request.headers.authorization === `Bearer ${token}`;
    response.writeHead(known ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(known ? { code } : { code: "unauthenticated", message: "nobody is signed in" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

test("the address has the code behind #, the page to go on with, and no token", async () => {
  await using server = await serve("a-token", "a+code");
  expect(await signedInPage({ url: `${server.url}/` }, "a-token")).toBe(`${server.url}/sign-in#code=a%2Bcode`);
  expect(await signedInPage({ url: server.url }, "a-token", "/workloads/a/b")).toBe(
    `${server.url}/sign-in?return=%2Fworkloads%2Fa%2Fb#code=a%2Bcode`,
  );
  await expect(signedInPage({ url: server.url }, "another")).rejects.toMatchObject({ status: 401 });
});

test("a console that doesn't answer is named", async () => {
  const { url } = await serve("", "").then(async (server) => {
    await server[Symbol.asyncDispose]();
    return server;
  });
  await expect(signedInPage({ url }, "a-token")).rejects.toThrow(`the console at ${url} can't be reached`);
});

test("a browser is there on a desktop alone", () => {
  expect(browserCommand({}, "linux")).toBeUndefined();
  expect(browserCommand({ DISPLAY: ":0" }, "linux")).toBe("xdg-open");
  expect(browserCommand({}, "darwin")).toBe("open");
});

test("it is known whether the browser was opened", async () => {
  expect(await openBrowser("http://a.example/", "")).toBe(false);
  expect(await openBrowser("http://a.example/", "true")).toBe(true);
  expect(await openBrowser("http://a.example/", "false")).toBe(false);
  expect(await openBrowser("http://a.example/", "/no/such/program")).toBe(false);
});
