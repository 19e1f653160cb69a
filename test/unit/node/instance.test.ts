// Names, addresses and records of instances.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isFree } from "../../../embedded/node/host.ts";
import {
  checkName,
  findInstance,
  listInstances,
  makeInstance,
  maxInstances,
  networkOf,
} from "../../../embedded/node/instance.ts";

let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "node-state-"));
  vi.stubEnv("XDG_STATE_HOME", state);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

const index = fc.integer({ min: 0, max: maxInstances - 1 });
const alwaysFree = () => true;

describe("a network", () => {
  test("overlaps no other instance's", () => {
    fc.assert(
      fc.property(index, index, (a, b) => {
        fc.pre(a !== b);
        const { podCidr, serviceCidr, hostIp, linkPrefix } = networkOf(b);
        const routes = `${podCidr} dev x\n${serviceCidr} dev x\n${hostIp}/${linkPrefix} dev x`;
        expect(isFree(networkOf(a), routes)).toBe(true);
        expect(isFree(networkOf(b), routes)).toBe(false);
      }),
    );
  });

  test("of index 0 has what most clusters have", () => {
    expect(networkOf(0)).toMatchObject({ podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16", dnsIp: "10.96.0.10" });
  });

  test.each([-1, maxInstances, 1.5, Number.NaN])("has no index %s", (index) => {
    expect(() => networkOf(index)).toThrow("0 to 31");
  });
});

describe("isFree", () => {
  test.each([
    ["default via 192.0.2.1 dev eth0", true],
    ["10.0.0.0/8 via 192.0.2.1 dev vpn0", false],
    ["10.244.3.0/24 dev docker0", false],
    ["unreachable 10.96.0.0/16 metric 9999", false],
    ["local 10.250.0.2 dev lo table local", false],
    ["10.245.0.0/16 dev x", true],
    ["", true],
  ])("takes the route '%s' for what it is", (route, expected) => {
    expect(isFree(networkOf(0), route)).toBe(expected);
  });
});

describe("a name", () => {
  test.each(["a", "default", "a-b-2", "x".repeat(32)])("%s is usable", (name) => {
    expect(() => checkName(name)).not.toThrow();
  });

  test.each(["", "-a", "a-", "A", "a/b", "..", "x".repeat(33)])("'%s' is refused", (name) => {
    expect(() => checkName(name)).toThrow("not a valid name");
  });
});

describe("an instance", () => {
  test("keeps its index", () => {
    expect(makeInstance("a", undefined, alwaysFree).network.index).toBe(0);
    expect(makeInstance("b", undefined, alwaysFree).network.index).toBe(1);
    expect(makeInstance("a", undefined, () => false).network.index).toBe(0);
    expect(findInstance("b")?.network.index).toBe(1);
    expect(listInstances()).toEqual(["a", "b"]);
  });

  test("is unknown before its first up", () => {
    expect(findInstance("a")).toBeUndefined();
    expect(listInstances()).toEqual([]);
  });

  test("passes over addresses that the machine uses", () => {
    expect(makeInstance("a", undefined, ({ index }) => index > 3).network.index).toBe(4);
  });

  test("takes a wanted index, and refuses another later", () => {
    expect(makeInstance("a", 7, alwaysFree).network.index).toBe(7);
    expect(makeInstance("a", 7, alwaysFree).network.index).toBe(7);
    expect(() => makeInstance("a", 8, alwaysFree)).toThrow("instance 'a' has subnet 7");
  });

  test("refuses an index that another has, naming it", () => {
    makeInstance("a", 3, alwaysFree);
    expect(() => makeInstance("b", 3, alwaysFree)).toThrow("subnet 3 belongs to instance 'a'");
  });

  test("says which addresses are taken", () => {
    expect(() => makeInstance("a", 3, () => false)).toThrow("subnet 3 overlaps a route");
    expect(() => makeInstance("a", undefined, () => false)).toThrow("none of the 32 subnets is free");
  });

  test("is no folder without its record", () => {
    mkdirSync(join(state, "agentic-platform", "stray"), { recursive: true });
    expect(listInstances()).toEqual([]);
  });
});
