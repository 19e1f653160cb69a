// What the stack's config has the operator tell people: notifications, digests, what is used of budgets.
import { MONTH_BUDGET_CONFIG_MAP } from "@agentic/api/month-budget.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../../operator/config.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { mock, objects, program, type Registered } from "./program.ts";

const consoleUrl = "https://console.example.com:8443/agentic";

const digest = { at: "08:30", timeZone: "Europe/Berlin", format: "slack" };
const budget = { amount: "250", tokens: 1_000_000 };
const images = { operator: "r/o:1", agents: "r/a:1", workflowEngine: "r/e:1", eventReceiver: "r/r:1" };

/** A variable of the operator's environment. */
const variable = (all: readonly Registered[], wanted: string): string | undefined =>
  objects(all, "Deployment")
    .find(({ metadata }) => metadata?.name === "agentic-operator")
    ?.spec.template.spec.containers[0].env.find(({ name }: { name: string }) => name === wanted)?.value;

describe("notifications", () => {
  let plain: Registered[];
  let linked: Registered[];
  beforeAll(async () => {
    mock();
    plain = await program({});
    const tenants = [{ name: "demo" }, { name: "research", digest, budget }];
    linked = await program({ components: { operator: { values: { consoleUrl } } }, tenants });
  }, 30_000);

  it("link to the console where the config says where it answers, else nowhere", () => {
    expect(variable(linked, "CONSOLE_URL")).toBe(consoleUrl);
    expect(variable(plain, "CONSOLE_URL")).toBeUndefined();
  });

  it.each([
    "javascript:alert(1)",
    "console.example.com",
    "https://user@console.example.com",
    "https://c.example/?a=<b>",
  ])("link nowhere but to a plain address, which %s isn't", (url) => {
    const config = { images, components: { operator: { values: { consoleUrl: url } } } };
    expect(() => parseConfig("p", config, false)).toThrow("p:components.operator.values.consoleUrl");
  });

  it("tell the people of those tenants each day what waits whose digest the config has", () => {
    expect(readConfig({ DIGESTS: variable(linked, "DIGESTS") }).digests).toEqual({ "tenant-research": digest });
    expect(variable(plain, "DIGESTS")).toBeUndefined();
  });

  it("tell those whose tenant has a budget of the month what is used of it, in an object that they read and the operator alone writes", () => {
    const { monthBudgets } = readConfig({ MONTH_BUDGETS: variable(linked, "MONTH_BUDGETS") });
    expect(monthBudgets).toEqual({ "tenant-research": budget });
    expect(variable(plain, "MONTH_BUDGETS")).toBeUndefined();
    const named = (all: readonly Registered[]) =>
      objects(all, "ConfigMap").flatMap(({ metadata }) =>
        metadata?.name === MONTH_BUDGET_CONFIG_MAP ? [metadata.namespace] : [],
      );
    expect([named(linked), named(plain)]).toEqual([["tenant-research"], []]);
    const who = objects(linked, "Role")
      .filter(({ metadata }) => metadata?.namespace === "tenant-research")
      .flatMap(({ metadata, rules }) =>
        rules.flatMap(({ resourceNames, verbs }: { resourceNames?: string[]; verbs: string[] }) =>
          resourceNames?.includes(MONTH_BUDGET_CONFIG_MAP) ? [`${metadata?.name} ${verbs}`] : [],
        ),
      );
    const readers = ["agentic-approver", "agentic-tenant-admin", "agentic-user", "agentic-viewer"];
    expect(who.sort()).toEqual(["agentic-operator patch", ...readers.map((role) => `${role} get`)].sort());
  });

  it.each(['{"a":{"amount":"1,5"}}', '{"a":{"calls":0}}', '{"a":{"tokens":"many"}}', "{"])(
    "keep an operator from starting that is told of budgets by %s",
    (json) => {
      expect(() => readConfig({ MONTH_BUDGETS: json })).toThrow("MONTH_BUDGETS can't be used");
    },
  );

  it.each([
    [{ ...digest, at: "24:00" }, "p:tenants[0].digest.at"],
    [{ ...digest, at: "8:30" }, "p:tenants[0].digest.at"],
    [{ ...digest, timeZone: "Europe/Bonn" }, "p:tenants[0].digest.timeZone 'Europe/Bonn' is no time zone"],
    [{ ...digest, format: "xml" }, "p:tenants[0].digest.format"],
    [{ ...digest, url: "https://hooks.example.com/" }, "p:tenants[0].digest"],
  ])("have no digest as of %j", (wrong, words) => {
    expect(() => parseConfig("p", { images, tenants: [{ name: "demo", digest: wrong }] }, false)).toThrow(words);
  });

  it.each([
    '{"a":{"at":"noon"}}',
    '{"a":{"at":"08:00","timeZone":"x/y"}}',
    '{"a":{"at":"08:00","format":"xml"}}',
    "[1",
    '{"a":1}',
  ])("keep an operator from starting that is told of digests by %s", (json) => {
    expect(() => readConfig({ DIGESTS: json })).toThrow("DIGESTS can't be used");
  });
});
