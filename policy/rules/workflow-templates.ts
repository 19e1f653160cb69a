// Workflow steps end, are tried again with patience, and take what they say.
import { fields, items, objectRule, say } from "../objects.ts";

const kinds = new Set(["WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow", "Workflow"]);

export const workflowTemplates = objectRule(
  "workflow-templates",
  "Argo workflows have a deadline, and their steps retries with backoff and resources.",
  (object, report) => {
    if (!kinds.has(object.kind) || !object.apiVersion.startsWith("argoproj.io/")) return;
    const outer = object.kind === "CronWorkflow" ? "spec.workflowSpec" : "spec";
    const spec = fields(object.kind === "CronWorkflow" ? fields(object.spec).workflowSpec : object.spec);
    if (spec.podSpecPatch) report(say(`${outer}.podSpecPatch`, "a patch gets round every rule", "leave it out"));
    for (const [i, template] of items(spec.templates).entries()) {
      const container = template.container ?? template.script;
      if (!container) continue;
      const at = `${outer}.templates[${i}] (${template.name})`;
      if (template.activeDeadlineSeconds === undefined && spec.activeDeadlineSeconds === undefined)
        report(say(`${at}.activeDeadlineSeconds`, "it may run for ever", "set a deadline, here or on the workflow"));
      const retry = fields(template.retryStrategy ?? fields(spec.templateDefaults).retryStrategy);
      if (!retry.backoff)
        report(say(`${at}.retryStrategy`, "a hiccup ends the workflow", "retry with a limit and backoff"));
      const { requests, limits } = fields(fields(container).resources);
      if (!requests || !fields(limits).memory)
        report(say(`${at}.resources`, "it may take the whole node", "set requests and a limit for memory"));
    }
  },
);
