// The webhook of the platform under test, from this machine.
import { type Forward, forward, get, type KubeObject } from "../../../embedded/cli/cluster.ts";
import { signed } from "../../../examples/events/send.ts";
import { platform } from "./platform.ts";

/** Namespace of the webhook. */
export const space = "argo-events";

export interface Webhook extends AsyncDisposable {
  url: string;
  /** The tenant's token. */
  token: string;
  /** What answers: the answers to requests that are wrong differ in a few words and numbers. */
  engine: "argo" | "builtin";
  /** Sends the token as each engine is to get it: Argo Events checks no signatures. */
  authentication(body: string): Record<string, string>;
}

/** A forwarded port and the demo tenant's token. */
export async function openWebhook(): Promise<Webhook> {
  const secret = await get<KubeObject>(platform, "secret", "webhook", space);
  const token = Buffer.from(secret?.data?.demo ?? "", "base64").toString();
  const engine = (await get(platform, "deployment", "event-receiver", space)) ? "builtin" : "argo";
  const port: Forward = await forward(platform, space, "service/webhook", 12_000);
  return {
    url: `http://127.0.0.1:${port.port}`,
    token,
    engine,
    authentication: (body) => (engine === "argo" ? { authorization: `Bearer ${token}` } : signed(body, token)),
    [Symbol.asyncDispose]: () => port[Symbol.asyncDispose](),
  };
}
