// One tenant's connection with its browser: each call is judged before the browser has it; answers pass as they are.
import type { WebSocket } from "ws";
import { judge } from "./calls.ts";
import { Sessions } from "./sessions.ts";

/** Bytes that wait for one side until the other isn't read any more. */
const MAX_BUFFERED = 16 * 1024 * 1024;

/** Connects both until one of them ends; `ending` says why the browser was ended, where that is known. */
export function connectBrowser(client: WebSocket, browser: WebSocket, ending: () => string | undefined): void {
  const sessions = new Sessions();
  client.on("message", (data, isBinary) => {
    const { call, refusal } = isBinary ? { refusal: binary } : judge(data.toString(), sessions);
    if (call !== undefined) pass(call, client, browser);
    else pass(refusal, client, client);
  });
  browser.on("message", (data: Buffer) => {
    sessions.note(data);
    pass(data, browser, client);
  });
  client.on("close", () => browser.close());
  browser.on("close", () => {
    const reason = ending();
    if (reason === undefined) client.close(1001, "the browser has ended");
    else client.close(1008, reason);
  });
  // What follows an error is the end of the connection.
  for (const side of [client, browser]) side.on("error", () => {});
}

const binary = JSON.stringify({ error: { code: -32600, message: "calls are text: this message is binary" } });

/** Sends on, and reads no more from a side as long as the other one is slow. */
function pass(data: Buffer | string, from: WebSocket, to: WebSocket): void {
  if (to.readyState !== to.OPEN) return;
  to.send(data, { binary: false }, () => {
    if (from.isPaused && to.bufferedAmount < MAX_BUFFERED) from.resume();
  });
  if (to.bufferedAmount >= MAX_BUFFERED) from.pause();
}
