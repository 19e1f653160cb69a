// Who delivers now: never too many, tenants in turn.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TenantSlots } from "../../../operator/notify/slots.ts";

describe("slots", () => {
  /** Tasks that run until they are told to end. */
  function tasks(slots: TenantSlots) {
    const running: string[] = [];
    const ends = new Map<string, () => void>();
    const add = (tenant: string, name: string, rank = 0) =>
      slots.run(tenant, rank, () => {
        running.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      });
    const end = async (name: string) => {
      ends.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { running, add, end };
  }

  it("are so many altogether, and so many for one tenant", () => {
    const { running, add } = tasks(new TenantSlots({ total: 3, perTenant: 2 }));
    for (const name of ["a1", "a2", "a3", "b1", "b2"]) add(name.slice(0, 1), name);
    expect(running).toEqual(["a1", "a2", "b1"]);
  });

  it("go to tenants in turn, whoever has more to do", async () => {
    const { running, add, end } = tasks(new TenantSlots({ total: 1, perTenant: 1 }));
    for (const name of ["a1", "a2", "a3", "b1", "c1"]) add(name.slice(0, 1), name);
    for (let i = 0; i < 4; i++) await end(running.at(-1) ?? "");
    // a had asked before the others came.
    expect(running).toEqual(["a1", "a2", "b1", "c1", "a3"]);
  });

  it("go to first tries before later ones", async () => {
    const { running, add, end } = tasks(new TenantSlots({ total: 1, perTenant: 1 }));
    add("a", "now");
    add("a", "again", 1);
    add("a", "first", 0);
    await end("now");
    expect(running).toEqual(["now", "first"]);
  });

  it("are never more than allowed, and leave nobody waiting for ever", async () => {
    const plans = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(3)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const slots = new TenantSlots({ total: 4, perTenant: 2 });
        const held = new Map<string, number>();
        let finished = 0;
        for (const [tenant, rank] of plan)
          slots.run(tenant, rank, async () => {
            held.set(tenant, (held.get(tenant) ?? 0) + 1);
            expect(held.get(tenant)).toBeLessThanOrEqual(2);
            expect([...held.values()].reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(4);
            await new Promise((resolve) => setImmediate(resolve));
            held.set(tenant, (held.get(tenant) ?? 0) - 1);
            finished++;
          });
        for (let i = 0; i < 200 && finished < plan.length; i++) await new Promise((resolve) => setImmediate(resolve));
        expect(finished).toBe(plan.length);
      }),
      { numRuns: 30 },
    );
  });
});
