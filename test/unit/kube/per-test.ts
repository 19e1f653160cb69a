// Scripted API servers and abort signals that end with their test.
import { afterEach } from "vitest";
import { fakeApi } from "./fake-api.ts";

type Api = Awaited<ReturnType<typeof fakeApi>>;
const servers: Api[] = [];
const controllers: AbortController[] = [];

/** An API server of this test. */
export const serve = async (handler: Parameters<typeof fakeApi>[0]): Promise<Api> => {
  const api = await fakeApi(handler);
  servers.push(api);
  return api;
};

/** A signal that aborts at the test's end. */
export function testSignal(): AbortSignal {
  const controller = new AbortController();
  controllers.push(controller);
  return controller.signal;
}

/** Aborts all signals of this test. */
export function abortAll(): void {
  for (const controller of controllers.splice(0)) controller.abort();
}

afterEach(async () => {
  abortAll();
  for (const api of servers.splice(0)) await api.close();
});
