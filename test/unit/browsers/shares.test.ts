// Who gets the next free browser.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BusyError, Shares } from "../../../components/data/browserless/front/shares.ts";

const forever = new AbortController().signal;

/** Asks for a browser; `now` has what became of it once all that can go on has. */
function ask(shares: Shares, tenant: string, signal = forever) {
  const request: { release?: () => void; error?: unknown } = {};
  shares.take(tenant, signal).then(
    (release) => {
      request.release = release;
    },
    (error: unknown) => {
      request.error = error;
    },
  );
  return request;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a tenant has its share at once, waits for more, and gets it when it gives one back", async () => {
  const shares = new Shares({ concurrency: 3, tenantConcurrency: 2, queue: 1 });
  const [first, second, third, fourth] = Array.from({ length: 4 }, () => ask(shares, "demo"));
  await settled();
  expect([first, second, third].map((request) => request?.release !== undefined)).toEqual([true, true, false]);
  expect(fourth?.error).toEqual(
    new BusyError("demo has 2 browsers and 1 requests that wait: its share. Try again later"),
  );
  const other = ask(shares, "acme");
  await settled();
  expect(other.release).toBeDefined();
  first?.release?.();
  first?.release?.();
  await settled();
  expect(third?.release).toBeDefined();
  const again = ask(shares, "demo");
  await settled();
  expect(again.release).toBeUndefined();
});

test("of those that wait, the tenant with the fewest browsers goes first, however late it comes", async () => {
  const shares = new Shares({ concurrency: 2, tenantConcurrency: 2, queue: 5 });
  const requests = [ask(shares, "demo"), ask(shares, "demo")];
  await settled();
  const [more, other] = [ask(shares, "demo"), ask(shares, "acme")];
  requests[0]?.release?.();
  await settled();
  expect([more.release, other.release].map(Boolean)).toEqual([false, true]);
});

test("who leaves while it waits takes nobody's place, and no browser", async () => {
  const shares = new Shares({ concurrency: 1, tenantConcurrency: 1, queue: 1 });
  const holder = ask(shares, "demo");
  await settled();
  const disconnect = new AbortController();
  const waiter = ask(shares, "demo", disconnect.signal);
  disconnect.abort(new Error("gone"));
  const next = ask(shares, "demo");
  holder.release?.();
  await settled();
  expect([waiter.error, next.release !== undefined]).toEqual([new Error("gone"), true]);
  expect(await shares.take("demo", AbortSignal.abort(new Error("late"))).catch(String)).toBe("Error: late");
});

test("whatever is asked and given back, nobody has more than may be, and no free browser is kept from who waits", async () => {
  const amount = fc.integer({ min: 1, max: 4 });
  const steps = fc.array(fc.record({ tenant: fc.constantFrom("a", "b", "c"), gives: fc.boolean() }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(amount, amount, steps, async (concurrency, tenantConcurrency, all) => {
      const shares = new Shares({ concurrency, tenantConcurrency, queue: 50 });
      let open: { tenant: string; request: ReturnType<typeof ask> }[] = [];
      for (const { tenant, gives } of all) {
        const holding = open.find((one) => one.tenant === tenant && one.request.release);
        if (gives && holding) {
          holding.request.release?.();
          open = open.filter((one) => one !== holding);
        } else open.push({ tenant, request: ask(shares, tenant) });
        await settled();
        const running = open.filter(({ request }) => request.release);
        const countOf = (name: string) => running.filter((one) => one.tenant === name).length;
        expect(running.length).toBeLessThanOrEqual(concurrency);
        for (const one of open) {
          expect(countOf(one.tenant)).toBeLessThanOrEqual(tenantConcurrency);
          const full = running.length === concurrency || countOf(one.tenant) === tenantConcurrency;
          expect(one.request.release !== undefined || full).toBe(true);
        }
      }
    }),
    { numRuns: 50 },
  );
});
