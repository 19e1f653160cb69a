// Events that are signed, and those of tenants that send their token.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signed } from "../../../examples/events/send.ts";
import { creates, documentEvent, SUBMITTER, startWebhook, type TestWebhook, tokens } from "./test-webhook.ts";

let webhook: TestWebhook;

beforeAll(async () => {
  webhook = await startWebhook();
});

afterAll(() => webhook.close());

beforeEach(() => webhook.reset());

/** Posts an event as `plain` does, which sends its token. */
const plain = { url: documentEvent.url };

const postPlain = (headers: Record<string, string>, body: object = plain) =>
  fetch(`${webhook.url}/plain/document`, { method: "POST", headers, body: JSON.stringify(body) });

describe("an event of a tenant whose senders send the token", () => {
  it("is accepted with it, and has a name of the API server's making", async () => {
    const response = await postPlain({ authorization: `Bearer ${tokens.plain}` });
    expect(await response.json()).toEqual({ accepted: true, namespace: "tenant-plain", name: "document-x7k2p" });
  });

  it("is named after the delivery where it has an id", async () => {
    const response = await postPlain({ authorization: `Bearer ${tokens.plain}`, "webhook-id": "A_1" });
    expect(await response.json()).toMatchObject({ name: "document-a-1" });
  });

  it("makes the workload a part of the sender's trace, where the header is one", async () => {
    const authorization = `Bearer ${tokens.plain}`;
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await postPlain({ authorization, traceparent });
    await postPlain({ authorization, traceparent: "00-x" });
    expect(webhook.created.map(({ metadata }) => metadata.annotations)).toEqual([
      { "agentic.io/submitted-by": SUBMITTER, "agentic.io/traceparent": traceparent },
      { "agentic.io/submitted-by": SUBMITTER },
    ]);
  });

  it.each([
    ["no token", ""],
    ["a word", "Bearer"],
    ["another token", `Bearer ${tokens.demo}`],
    ["another scheme", `Basic ${tokens.plain}`],
    ["a scheme in small letters", `bearer ${tokens.plain}`],
    ["two blanks", `Bearer  ${tokens.plain}`],
    ["a longer token", `Bearer ${tokens.plain}x`],
  ])("is refused for %s, with 401 and nothing made", async (_, authorization) => {
    const response = await postPlain({ authorization });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer, StandardWebhooks"]);
    expect(webhook.created).toEqual([]);
  });

  it("is refused with an id that no workload can be named after, with 400", async () => {
    const response = await postPlain({ authorization: `Bearer ${tokens.plain}`, "webhook-id": "../x" });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining("webhook-id must be 1 to 50 of a-z, A-Z, 0-9, - and _"),
    ]);
  });
});

describe("a signed event", () => {
  const text = JSON.stringify(documentEvent);

  it.each([
    ["five minutes ago", -299],
    ["in five minutes", 300],
  ])("is accepted where it was signed %s", async (_, seconds) => {
    const headers = signed(text, tokens.demo, { at: Date.now() + seconds * 1000 });
    expect(await webhook.post("/demo/document", text, headers)).toMatchObject({ status: 200 });
  });

  it("is accepted where one of several signatures fits", async () => {
    const { "webhook-signature": signature, ...headers } = signed(text, tokens.demo);
    const twoSignatures = { ...headers, "webhook-signature": `v1a,AAAA ${signature} v1,BBBB` };
    expect(await webhook.post("/demo/document", text, twoSignatures)).toMatchObject({ status: 200 });
  });

  it("has the signature of the specification's own example", () => {
    const sentAt = 1_614_265_330_000;
    const headers = signed('{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      at: sentAt,
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("is remembered once its workload is there, and not where that was refused", async () => {
    webhook.reply = () => ({ status: 403, body: { message: "exceeded quota: too many" } });
    const headers = signed(text, tokens.demo, { id: "first" });
    expect(await webhook.post("/demo/document", text, headers)).toMatchObject({ status: 403 });
    expect([...webhook.remembered]).toEqual([]);
    webhook.reply = creates;
    expect(await webhook.post("/demo/document", text, headers)).toMatchObject({ status: 200 });
    expect([...webhook.remembered]).toEqual(["demo/first"]);
  });

  it("makes nothing the second time, also where its workload is gone", async () => {
    const headers = signed(text, tokens.demo, { id: "twice" });
    await webhook.post("/demo/document", text, headers);
    const { status, body } = await webhook.post("/demo/document", text, headers);
    expect([status, body.duplicate, webhook.created.length]).toEqual([200, true, 1]);
  });
});
