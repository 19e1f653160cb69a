// The kit's own rules: what the policies leave open, since a stack may decide it, and what no single field shows.
import { VERSION_LABEL } from "@agentic/api/names.ts";
import { PARAMETERS } from "@agentic/api/template.ts";
import type { Call, Template, WorkflowSpec } from "@agentic/engine/core/types.ts";
import type { PipelineTemplate } from "./template.ts";

/** Something wrong, as a rule reports it. */
export interface Fault {
  level: "error" | "warning";
  rule: string;
  /** The field's path, what is wrong, and what would be right. */
  message: string;
}

// https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, without what a label can't hold.
const SEMANTIC_VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;

const warning = (rule: string, field: string, wrong: string, right: string): Fault => ({
  level: "warning",
  rule,
  message: `${field}: ${wrong}: ${right}`,
});

/** What the kit's own rules find. */
export function qualityFaults(template: PipelineTemplate): Fault[] {
  return [
    ...versionFaults(template),
    ...unreachableFaults(template.spec),
    ...retryFaults(template.spec),
    ...notificationFaults(template.spec),
  ];
}

function versionFaults({ metadata }: PipelineTemplate): Fault[] {
  const field = `metadata.labels["${VERSION_LABEL}"]`;
  const version = metadata.labels?.[VERSION_LABEL];
  const right = "set a semantic version, such as 1.0.0, and raise it with each change";
  if (version === undefined) return [warning("template-version", field, "missing", right)];
  if (SEMANTIC_VERSION.test(version)) return [];
  return [warning("template-version", field, `'${version}' is no semantic version`, right)];
}

/** Templates that no way leads to from the entrypoint or an exit handler; calls by a variable may lead to any. */
function unreachableFaults({ entrypoint, onExit, templates = [] }: WorkflowSpec): Fault[] {
  const byName = new Map(templates.map((template) => [template.name, template]));
  const reached = new Set<string>();
  const open = [entrypoint, onExit].filter((name) => name !== undefined);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name.includes("{{")) return [];
    const template = byName.get(name);
    if (!template || reached.has(name)) continue;
    reached.add(name);
    open.push(...calledBy(template));
  }
  return templates.flatMap(({ name }, i) =>
    reached.has(name)
      ? []
      : [
          warning(
            "unreachable",
            `spec.templates[${i}] (${name})`,
            "nothing leads to it from the entrypoint: no run reaches it",
            "call it, or take it out",
          ),
        ],
  );
}

/** Names of the templates that a template's calls and their hooks name. */
function calledBy({ dag, steps }: Template): string[] {
  const calls: (Call & { hooks?: Record<string, { template?: string }>; onExit?: string })[] = [
    ...(dag?.tasks ?? []),
    ...(steps ?? []).flat(),
  ];
  return calls.flatMap(({ template, hooks = {}, onExit }) =>
    [template, onExit, ...Object.values(hooks).map((hook) => hook.template)].filter((name) => name !== undefined),
  );
}

/** A retry by kind has an expression that reads how the last try ended. */
function retryFaults(spec: WorkflowSpec): Fault[] {
  return (spec.templates ?? []).flatMap((template, i) => {
    const runs = template.container ?? template.script;
    const retry = template.retryStrategy ?? spec.templateDefaults?.retryStrategy ?? spec.retryStrategy;
    // Without a strategy, policy workflow-retries has said so.
    if (!runs || !retry || retry.expression?.includes("lastRetry.")) return [];
    return [
      warning(
        "retry-by-kind",
        `spec.templates[${i}] (${template.name}).retryStrategy.expression`,
        "missing: what no retry mends is tried again, too",
        "say by lastRetry.exitCode and lastRetry.message what is tried again, as the platform's RETRY_EXPRESSION does",
      ),
    ];
  });
}

/** The operator tells of the ends of workloads, whose templates take what a workload says. */
function notificationFaults({ onExit, arguments: given }: WorkflowSpec): Fault[] {
  const isOfWorkloads = given?.parameters?.some(({ name }) => name === PARAMETERS.jobId);
  if (onExit || isOfWorkloads) return [];
  return [
    warning(
      "notification",
      "spec.onExit",
      "missing: nobody hears of a run that fails",
      `name an exit handler, or declare the parameter ${PARAMETERS.jobId} for runs by an AgentWorkload, of which the operator tells`,
    ),
  ];
}
