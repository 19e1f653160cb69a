// Nothing gets round what a template says of its pods.
import { workflowRule } from "../../kinds/workflows.ts";

export const podSpecPatch = workflowRule(
  {
    name: "workflow-pod-spec-patch",
    severity: "critical",
    description:
      "Neither workflows nor their templates patch the pods that Argo makes, or share the node's namespaces.",
    remedy: "Leave podSpecPatch, hostNetwork and hostPID out and say it in the template's own fields.",
  },
  ({ spec, path, templates }, report) => {
    for (const [where, one] of [[path, spec], ...templates.map((t) => [t.path, t.template] as const)] as const) {
      if (one.podSpecPatch) report(`${where}.podSpecPatch`, "a patch gets round every rule", "leave it out");
      for (const name of ["hostNetwork", "hostPID"])
        if (one[name] === true) report(`${where}.${name}`, "its pods share the node's", "leave it out");
    }
  },
  ({ spec, templates }) => {
    const shared = [spec, ...templates.map(({ template }) => template)].flatMap((one) =>
      ["hostNetwork", "hostPID"].filter((name) => one[name] === true).map((name) => ({ one, name })),
    );
    for (const { one, name } of shared) one[name] = false;
    return shared.length > 0;
  },
);
