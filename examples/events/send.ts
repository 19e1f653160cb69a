// Sends an event, signed by the Standard Webhooks specification (https://www.standardwebhooks.com), which has libraries for most
// languages: WEBHOOK_TOKEN=whsec_… node examples/events/send.ts http://webhook.argo-events:12000/demo/document event.json
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

/** The headers that sign a body. Every try to send an event has the same id and the time of its own. */
export function signed(
  body: string | Uint8Array,
  token: string,
  { id = randomUUID() as string, at = Date.now() } = {},
) {
  const seconds = String(Math.floor(at / 1000));
  const key = Buffer.from(token.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.`).update(body).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": `v1,${signature}` };
}

if (import.meta.main) {
  const [url = "", file = ""] = process.argv.slice(2);
  const token = process.env.WEBHOOK_TOKEN ?? "";
  const body = readFileSync(file, "utf8");
  const headers = { "content-type": "application/json", ...signed(body, token) };
  const response = await fetch(url, { method: "POST", headers, body });
  console.log(response.status, await response.text());
  process.exitCode = response.ok ? 0 : 1;
}
