// IAM bindings must only add rights, never remove those that others have given.
import { gcpRule } from "../../kinds/gcp.ts";

export const additiveBindings = gcpRule({
  name: "iam-additive",
  types: /^gcp:(\w+\/\w*iampolicy|(projects|folder|organizations)\/iambinding):/i,
  severity: "high",
  description:
    "No resource sets a whole IAM policy, nor a role's whole list of members on a project: they remove what others, and Google's own agents, were given.",
  remedy: "Use an IAMMember for each member and role.",
  check: (_, report, { args }) =>
    report(
      args.type.slice(args.type.lastIndexOf(":") + 1),
      "it removes every right that it doesn't list, also those of Google's own agents",
      "use an IAMMember for each member",
    ),
});
