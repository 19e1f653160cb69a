// The CrossGuard pack: `pulumi preview --policy-pack policy`, or `npm run policy` without the CLI.
import { PolicyPack } from "@pulumi/policy";
import { parseOnce } from "./parse-once.ts";
import { rules } from "./rules/index.ts";

parseOnce();
new PolicyPack("agentic-platform", {
  displayName: "Agentic platform",
  description: "Rules for every resource of the platform",
  policies: [...rules],
  enforcementLevel: "mandatory",
});
