// What a test starts and what ends with it: scripted API servers, and work that a signal ends.
import { afterEach } from "vitest";
import { fakeApi } from "./fake-api.ts";

type Api = Awaited<ReturnType<typeof fakeApi>>;
const servers: Api[] = [];
const ends: AbortController[] = [];

/** An API server of this test. */
export const serve = async (handler: Parameters<typeof fakeApi>[0]): Promise<Api> => {
  const api = await fakeApi(handler);
  servers.push(api);
  return api;
};

/** A signal that aborts at the test's end. */
export function ending(): AbortSignal {
  const end = new AbortController();
  ends.push(end);
  return end.signal;
}

/** Aborts all signals of this test. */
export function endAll(): void {
  for (const end of ends.splice(0)) end.abort();
}

afterEach(async () => {
  endAll();
  for (const api of servers.splice(0)) await api.close();
});
