// The CrossGuard pack: `pulumi preview --policy-pack policy`, or `make policy` without the CLI.
import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules.ts";

new PolicyPack("agentic-platform", { policies: rules, enforcementLevel: "mandatory" });
