// A client of the browser service that makes any call, as whoever has a token can.
import { WebSocket } from "ws";

interface Answer {
  id?: number;
  method?: string;
  params?: unknown;
  result?: Record<string, unknown>;
  error?: { message: string };
}

export interface Cdp extends Disposable {
  /** Makes a call and gives its result. Throws the protocol's error. */
  send<T = Record<string, unknown>>(method: string, params?: object, sessionId?: string): Promise<T>;
  /** Sends a text as it is, and gives the next message. */
  raw(text: string): Promise<Answer>;
  /** The first event of this name after the call. */
  event<T>(method: string): Promise<T>;
  close(): void;
}

/** Connects. Throws what the service answers where that isn't a connection: its status, and what it says. */
export async function connect(url: string): Promise<Cdp> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.once("end", () => reject(new Error(`${response.statusCode} ${body.trim()}`)));
    });
  });
  let last = 0;
  const waiting = new Map<number | string, (answer: Answer) => void>();
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  socket.on("message", (data) => {
    const answer: Answer = JSON.parse(data.toString());
    waiting.get(answer.id ?? answer.method ?? 0)?.(answer);
  });
  socket.once("close", (code, reason) => ended.reject(new Error(`the connection has ended: ${code} ${reason}`)));
  const answerTo = (id: number, text: string) =>
    Promise.race([
      ended.promise,
      new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        socket.send(text);
      }),
    ]);
  const close = () => socket.close();
  return {
    send: async <T>(method: string, params = {}, sessionId?: string) => {
      const id = ++last;
      const { error, result } = await answerTo(id, JSON.stringify({ id, method, params, sessionId }));
      if (error) throw new Error(error.message);
      return result as T;
    },
    event: async <T>(method: string) =>
      (await Promise.race([ended.promise, new Promise<Answer>((resolve) => waiting.set(method, resolve))])).params as T,
    raw: (text) => answerTo(Number(/"id":(\d+)/.exec(text)?.[1] ?? 0), text),
    close,
    [Symbol.dispose]: close,
  };
}

/** A page of a browser context of its own, with these settings; its session. */
export async function openPage(cdp: Cdp, settings = {}): Promise<{ targetId: string; sessionId: string }> {
  const context = await cdp.send<{ browserContextId: string }>("Target.createBrowserContext", settings);
  const page = await cdp.send<{ targetId: string }>("Target.createTarget", { url: "about:blank", ...context });
  const attached = await cdp.send<{ sessionId: string }>("Target.attachToTarget", { ...page, flatten: true });
  return { ...page, ...attached };
}

/** What an expression, or its promise, becomes in a page. */
export async function valueIn(cdp: Cdp, sessionId: string, expression: string): Promise<unknown> {
  const parameters = { expression, awaitPromise: true, returnByValue: true };
  return (await cdp.send<{ result: { value: unknown } }>("Runtime.evaluate", parameters, sessionId)).result.value;
}

/** The expression for the addresses at which WebRTC would be reached in a page, once it has asked a server for them. */
export const iceCandidates = (server: string) => `(async () => {
  const connection = new RTCPeerConnection({ iceServers: [{ urls: "${server}" }] });
  connection.createDataChannel("data");
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") await new Promise((resolve) => setTimeout(resolve, 20));
  return connection.localDescription.sdp.match(/a=candidate.*/g) ?? [];
})()`;
