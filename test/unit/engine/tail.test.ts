// The end of a log, of whatever bytes the API server hands on.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { tail } from "../../../embedded/engine/controller/tail.ts";
import { Client } from "../../../kube/client/client.ts";

let server: Server | undefined;
let client: Client | undefined;
afterEach(async () => {
  await client?.close();
  server?.close();
});

/** A client of a server that answers everything with these chunks. */
async function serving(...chunks: (string | Buffer)[]): Promise<Client> {
  const listening = createServer((_, response) => {
    for (const chunk of chunks) response.write(chunk);
    response.end();
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  client = new Client({ server: `http://127.0.0.1:${port}` });
  return client;
}

describe("the end of a log", () => {
  test("is all of a short one", async () => {
    expect(await tail(await serving("one\n", "two\n"), "/log", {}, 100)).toBe("one\ntwo\n");
  });

  test("is as many bytes as asked for of a huge one, from a whole character on", async () => {
    const huge = Array.from({ length: 64 }, () => Buffer.from("é".repeat(32_768)));
    const end = await tail(await serving(...huge, "last"), "/log", {}, 1001);
    expect(end).toBe(`${"é".repeat(498)}last`);
  });

  test("has a mark where bytes are no text", async () => {
    expect(await tail(await serving(Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62])), "/log", {}, 100)).toBe(
      "a\ufffd\ufffd\0b",
    );
  });
});
