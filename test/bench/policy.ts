// How long the policy pack takes for 400 resources, in Pulumi's own runtime and by itself, and for a mebibyte of manifests in a text.
// Prints medians.
import { join } from "node:path";
import type { ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { ownRepositories } from "../../components/images.ts";
import { readConfig } from "../../embedded/deploy/config/config.ts";
import { readProject } from "../../embedded/deploy/config/project.ts";
import type { Program } from "../../embedded/deploy/engine.ts";
import { checkPolicies } from "../../embedded/deploy/policy/check.ts";
import { withPack } from "../../embedded/deploy/policy/serve.ts";
import { record } from "../../embedded/deploy/recording.ts";
import type { Registration } from "../../embedded/deploy/registration.ts";
import { Scrubber } from "../../embedded/deploy/scrub.ts";
import { emptyState } from "../../embedded/deploy/state.ts";
import { reveal } from "../../embedded/deploy/values.ts";
import { rules } from "../../policy/rules/index.ts";

const rounds = 5;
const resourceCount = 400;
const directory = join(import.meta.dirname, "../..");
const pack = join(directory, "policy");

/** The program of the stack gke, with all that there is. */
function programOf(): Program {
  const project = readProject(directory);
  const images = Object.fromEntries(
    Object.entries(ownRepositories).map(([name, resource]) => [name, `${resource}:1.0.0`]),
  );
  const config = readConfig({ project, stack: "gke", config: { images } });
  return { directory, main: project.main, project: project.name, stack: "gke", config };
}

/** As many resources as wanted: the program's own, again under other names where they are too few. */
async function resourcesOf(program: Program): Promise<Registration[]> {
  const options = { previous: emptyState(), log: () => {}, scrubber: new Scrubber(), anyType: true };
  const { registrations } = await record(program, options);
  const copies = Array.from({ length: Math.ceil(resourceCount / registrations.length) }, (_, i) =>
    registrations.map((resource) =>
      i === 0 ? resource : { ...resource, urn: `${resource.urn}-${i}`, name: `${resource.name}-${i}` },
    ),
  );
  return copies.flat().slice(0, resourceCount);
}

/** The rules by themselves, each resource parsed once. */
async function direct(registrations: readonly Registration[]): Promise<void> {
  const getConfig = () => ({});
  const resources = registrations.map(({ type, urn, name, inputs }) => ({
    ...{ type, urn, name, props: reveal(inputs), opts: {}, getConfig },
  })) as unknown as ResourceValidationArgs[];
  for (const rule of rules)
    if ("validateStack" in rule)
      await rule.validateStack({ resources, getConfig } as unknown as StackValidationArgs, () => {});
    else
      for (const resource of resources)
        for (const check of [rule.validateResource ?? []].flat()) await check(resource, () => {});
}

/** All rules over an object that holds a mebibyte of manifests as text, each text another one. */
function texts(): () => Promise<void> {
  let round = 0;
  return async () => {
    const list = `apiVersion: v1\nkind: List\nitems: [${"{a: b},".repeat(2 ** 20 / 7)}]\n# ${round++}`;
    const props = { apiVersion: "example.com/v1", kind: "Bundle", metadata: { name: "one" }, spec: { list } };
    const resource = { type: "kubernetes:example.com/v1:Bundle", name: "one", props, getConfig: () => ({}) };
    for (const rule of rules)
      if ("validateResource" in rule)
        for (const check of [rule.validateResource ?? []].flat())
          await check(resource as unknown as ResourceValidationArgs, () => {});
  };
}

const median = async (work: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
};

const program = programOf();
const registrations = await resourcesOf(program);
const start = await median(() => withPack(pack, program, async () => {}));
const wholeRun = await median(() => checkPolicies(pack, program, registrations));
const alone = await median(() => direct(registrations));
const inText = await median(texts());
const line = (name: string, ms: number) => console.log(`  ${name.padEnd(34)} ${(ms / 1000).toFixed(2)} s`);
console.log(`${rules.length} policies over ${registrations.length} resources, median of ${rounds}`);
line("start of Pulumi's policy runtime", start);
line("start and check, in that runtime", wholeRun);
line("check, in that runtime", wholeRun - start);
line("the rules by themselves", alone);
line("a mebibyte of manifests in a text", inText);
