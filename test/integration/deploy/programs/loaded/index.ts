// Says what of the SDK is loaded before and after it is asked for, and fails where its config says so.
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

const require = createRequire(import.meta.url);
const parts = { typescript: "/typescript/lib/", arborist: "/@npmcli/arborist/lib/", execa: "/execa/" };
const loaded = () =>
  Object.entries(parts).flatMap(([part, path]) =>
    Object.keys(require.cache).some((file) => file.includes(path)) ? [part] : [],
  );

class Group extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:Group", name);
  }
}
function makeGroup(): void {
  new Group("group");
}
makeGroup();
const before = loaded();
const { text } = await pulumi.runtime.serializeFunction(() => "taken apart");
const paths = await pulumi.runtime.computeCodePaths();
const bound = makeGroup.bind(undefined);
const refusal = await pulumi.runtime.serializeFunction(() => bound()).catch((error: Error) => error.message);
const stacks = typeof pulumi.automation.LocalWorkspace.createStack;
console.log(JSON.stringify({ before, text, paths: paths.size, refusal, stacks, after: loaded() }));
if (new pulumi.Config("test").getBoolean("fails")) throw new Error("as it was told");
