// Whether the cluster serves AgentWorkloads, and the same fields of them as this command knows.
import { AgentWorkloadSpecSchema, AgentWorkloadStatusSchema } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION, ARGO } from "@agentic/api/names.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";
import type { Sight } from "../sight.ts";

interface ResourceList {
  resources: { name: string; kind: string }[];
}

interface Schema {
  properties?: Record<string, Schema>;
}

interface Documents {
  components?: { schemas?: Record<string, Schema & { "x-kubernetes-group-version-kind"?: { kind: string }[] }> };
}

const INSTALL = "install the platform's definitions: `make up`, or `pulumi up -s <stack>`";

export const contract: Check = {
  name: "contract",
  asks: "does the cluster serve AgentWorkloads as this command knows them?",
  async look(see) {
    const findings: Finding[] = [];
    for (const [group, plurals] of [
      [API_GROUP_VERSION, [AGENT_WORKLOAD.plural]],
      [ARGO.groupVersion, ["workflows", "workflowtemplates"]],
    ] as const) {
      const served = await see.get<ResourceList>(`/apis/${group}`);
      const names = served?.resources.map(({ name }) => name) ?? [];
      for (const plural of plurals.filter((name) => !names.includes(name)))
        findings.push(
          problem(`${plural}.${group.split("/")[0]}`, `the cluster doesn't serve ${plural} of ${group}`, INSTALL),
        );
    }
    return findings.length > 0 ? findings : await compared(see);
  },
};

/** What this command knows and the cluster's definition hasn't. */
async function compared(see: Sight): Promise<Finding[]> {
  const documents = await see.get<Documents>(`/openapi/v3/apis/${API_GROUP_VERSION}`);
  const served = Object.values(documents?.components?.schemas ?? {}).find((schema) =>
    schema["x-kubernetes-group-version-kind"]?.some(({ kind }) => kind === AGENT_WORKLOAD.kind),
  );
  if (!served) return [];
  const known = { spec: AgentWorkloadSpecSchema, status: AgentWorkloadStatusSchema };
  return Object.entries(known).flatMap(([part, schema]) => {
    const theirs = served.properties?.[part]?.properties ?? {};
    const missing = Object.keys(schema.properties).filter((field) => !(field in theirs));
    if (missing.length === 0) return [];
    return [
      warning(
        AGENT_WORKLOAD.crd,
        `its definition has no ${missing.map((field) => `${part}.${field}`).join(", ")}: the platform is older than this command`,
        "upgrade the platform (docs/life-cycle.md), or use the command of the platform's release",
      ),
    ];
  });
}
