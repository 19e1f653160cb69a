// Registers the resources that a test lists in its config: each test has its program beside its expectations.
import * as pulumi from "@pulumi/pulumi";
import type { RequestedResource } from "../../stack.ts";

class Group extends pulumi.ComponentResource {}
class Anything extends pulumi.CustomResource {}
class Provider extends pulumi.ProviderResource {}

const config = new pulumi.Config();
const registered = new Map<string, pulumi.Resource>();

/**
 * `$secret:key` is a secret of the config, `$out:resource.path` a part of what another resource became, and `$lower:` the same in lower
 * case, as names are.
 */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item)]));
  if (typeof value !== "string") return value;
  if (value.startsWith("$secret:")) return pulumi.secret(config.require(value.slice(8)));
  if (value.startsWith("$lower:"))
    return pulumi.output(resolve(`$out:${value.slice(7)}`) as string).apply((text) => text.toLowerCase());
  if (!value.startsWith("$out:")) return value;
  const [name = "", ...path] = value.slice(5).split(".");
  const [property = "", ...rest] = path;
  const source = registered.get(name) as unknown as Record<string, pulumi.Output<unknown>>;
  return source[property]?.apply((value) =>
    rest.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], value),
  );
}

const resourceNamed = (name: string): pulumi.Resource => {
  const resource = registered.get(name);
  if (!resource) throw new Error(`${name} is not registered before its use`);
  return resource;
};

/** Options that call the program back. */
const calling: Record<NonNullable<RequestedResource["calls"]>, () => pulumi.CustomResourceOptions> = {
  hooks: () => ({ hooks: { beforeCreate: [new pulumi.ResourceHook("hook", () => {})] } }),
  transforms: () => ({ transforms: [() => undefined] }),
  stateMigrations: () => ({ stateMigrations: [() => undefined as never] }),
  transformations: () => ({
    transformations: [({ props, opts }) => ({ props: { ...props, data: { transformed: "yes" } }, opts })],
  }),
};

for (const {
  type,
  name,
  args,
  dependsOn,
  parent,
  provider,
  providers,
  deletedWith,
  replaceWith,
  calls,
  ...options
} of config.requireObject<RequestedResource[]>("resources")) {
  const all: pulumi.CustomResourceOptions = { ...options, dependsOn: dependsOn?.map(resourceNamed) };
  if (parent) all.parent = resourceNamed(parent);
  if (deletedWith) all.deletedWith = resourceNamed(deletedWith);
  if (replaceWith) all.replaceWith = replaceWith.map(resourceNamed);
  if (calls) Object.assign(all, calling[calls]());
  if (options.replacementTrigger) all.replacementTrigger = resolve(options.replacementTrigger);
  if (provider) all.provider = resourceNamed(provider) as pulumi.ProviderResource;
  if (type === "group")
    registered.set(
      name,
      new Group(
        "test:index:Group",
        name,
        {},
        { ...all, providers: providers?.map(resourceNamed) as pulumi.ProviderResource[] },
      ),
    );
  else if (type === "provider")
    registered.set(name, new Provider("kubernetes", name, resolve(args) as pulumi.Inputs, all));
  else {
    // Without a declared property the SDK gives no output for it.
    const outputs = { metadata: undefined, status: undefined, data: undefined, result: undefined };
    registered.set(name, new Anything(type, name, { ...outputs, ...(resolve(args) as pulumi.Inputs) }, all));
  }
}

const read = config.get("read");
if (read) {
  const [type = "", id = ""] = read.split("|");
  const options = { id, additionalSecretOutputs: config.getObject<string[]>("readSecret") };
  registered.set("read", new Anything(type, "read", { metadata: undefined, data: undefined }, options));
}
const reference = config.get("reference");
const invoke = config.get("invoke");
if (invoke) await pulumi.runtime.invoke(invoke, {});

export const found = reference && new pulumi.StackReference(reference).outputs;
export const readData = read && resolve("$out:read.data");
export const shown = resolve(config.getObject("outputs") ?? {});
