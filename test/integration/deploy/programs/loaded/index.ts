// Says what of the SDK is loaded before and after it is asked for, and fails where its config says so.
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

const require = createRequire(import.meta.url);
const parts = ["typescript", "@npmcli/arborist"];
const loaded = () => parts.filter((part) => Object.keys(require.cache).some((file) => file.includes(`/${part}/lib/`)));

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
console.log(JSON.stringify({ before, text, paths: paths.size, after: loaded() }));
if (new pulumi.Config("test").getBoolean("fails")) throw new Error("as it was told");
