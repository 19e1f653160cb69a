// Any valid config gives a sound program that the policies let pass; any other is refused before a resource is made.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../../policy/rules/index.ts";
import { violations } from "../../../policy/testing/table.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { componentNames, declaration } from "../../../stacks/config/declared.ts";
import { schema, secretKeys } from "../../../stacks/config/schema.ts";
import { nonEmpty } from "../../non-empty.ts";
import { mock, objects, podSpecs, program, type Registered } from "../components/program.ts";
import { errorOf, linesOf, type Raw, rawConfigs, repaired } from "./arbitrary.ts";

beforeAll(() => mock());

const mandatory = rules.filter(({ enforcementLevel }) => enforcementLevel === "mandatory");

const resourcesOf = (all: readonly Registered[]) =>
  all.map(({ type, name, inputs }) => ({ type, name, props: inputs }));

const configs = rawConfigs();

describe("any valid config", () => {
  it("gives objects with names of their own, pods that may run, and no violation of a policy", async () => {
    await fc.assert(
      fc.asyncProperty(configs, async (raw) => {
        const all = await program(repaired({ workflowEngine: "argo", eventEngine: "argo", ...raw }));
        const names = objects(all).map(
          ({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`,
        );
        expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
        for (const { owner, pod } of nonEmpty(podSpecs(all))) expect(pod.priorityClassName, owner).toBeTruthy();
        expect(violations(mandatory, resourcesOf(all))).toEqual([]);
      }),
      // A smaller counterexample is not worth the minute that it takes.
      { numRuns: Number(process.env.RUNS ?? 6), endOnFailure: true },
    );
  }, 600_000);

  it("comes of every key: what is drawn covers the schema", () => {
    const drawn = new Set(fc.sample(configs, 300).flatMap((raw) => keysOf(raw)));
    const missing = Object.keys(schema).filter((key) => !drawn.has(key));
    expect(missing).toEqual([]);
    for (const key of [
      "components.minio.values.console",
      "components.operator.resources.limits.cpu",
      "tenants.quota.pods",
    ])
      expect(drawn).toContain(key);
  });
});

describe("what is drawn of a config", () => {
  // What a component takes, from its declaration: a setting that is added there is looked for here.
  const declaredKeys = componentNames.flatMap((name) => {
    const { storage, values } = declaration(name);
    const settings = Object.keys(values.properties).map((setting) => `values.${setting}`);
    return ["enabled", "version", "image", "replicas", "resources", ...(storage ? ["storage"] : []), ...settings].map(
      (key) => `components.${name}.${key}`,
    );
  });

  it("has every key that a component declares, and reaches the program, 200 times over", () => {
    const drawn = new Set<string>();
    fc.assert(
      fc.property(configs, (raw) => {
        for (const key of keysOf(raw)) drawn.add(key);
        const repairedConfig = repaired({ workflowEngine: "argo", eventEngine: "argo", ...raw });
        const config = parseConfig("p", repairedConfig, repairedConfig.llm !== undefined);
        expect(config).toMatchObject(withoutReach(repairedConfig));
      }),
      // What is drawn is the same each time: a key that some seed leaves out is not this test's failure.
      { numRuns: 200, seed: 20_261_128 },
    );
    expect(nonEmpty(declaredKeys).filter((key) => !drawn.has(key))).toEqual([]);
  });
});

describe("any other config", () => {
  it("is refused with every contradiction at once, each line beginning with the key that it is about", () => {
    fc.assert(
      fc.property(configs, (raw) => {
        for (const line of linesOf(errorOf(raw))) expect(line).toMatch(keyPattern);
      }),
      { numRuns: 300 },
    );
  });

  it("is refused with the name of whatever key is made wrong, and of all of them", () => {
    fc.assert(
      fc.property(
        configs,
        fc.uniqueArray(fc.constantFrom(...Object.keys(schema)), { minLength: 1 }),
        (raw, brokenKeys) => {
          const config: Raw = { ...raw };
          for (const key of brokenKeys) config[key] = { "no such field": 1 };
          const lines = linesOf(errorOf(config));
          for (const key of brokenKeys)
            expect(
              lines.some((line) => line.startsWith(`p:${key}`)),
              key,
            ).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});

const keyPattern = new RegExp(`^p:(${[...Object.keys(schema), ...secretKeys].join("|")})\\b`);

/** What the program gets of a config: as it was given, but for what it replaces by something that follows from it. */
function withoutReach({ imageRegistry: _, dataProtection, components = {}, ...others }: Raw): Raw {
  const settings = Object.entries(components as Record<string, Raw>).map(([name, { values = {}, ...rest }]) => [
    name,
    { ...rest, values },
  ]);
  return {
    ...others,
    components: Object.fromEntries(settings),
    ...(dataProtection && dataProtection !== "profile" ? { dataProtection } : {}),
  };
}

/** Paths of all fields of a value, without the places in lists. */
function keysOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOf(item, path));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const key = path === "" ? name : `${path}.${name}`;
    return [key, ...keysOf(item, key)];
  });
}
