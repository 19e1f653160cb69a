// Says what a workload has cost, by its status, and what its template's estimate was.
import { estimateFor, parseEstimate } from "@agentic/api/cost-estimate.ts";
import { ANNOTATIONS, DEFAULT_WORKFLOW_TEMPLATE } from "@agentic/api/names.ts";
import { type Cluster, get, type KubeObject } from "./cluster.ts";
import type { Workload } from "./sample.ts";

/** One line on the cost of a workload that has ended, and one on the estimate; none where no costs are measured. */
export async function costLines(cluster: Cluster, workload: Workload): Promise<string[]> {
  const { cost } = workload.status ?? {};
  if (!cost) return [];
  const ref = workload.spec?.orchestration?.workflowTemplateRef;
  const kind = ref?.clusterScope ? "clusterworkflowtemplate" : "workflowtemplate";
  const name = ref?.name ?? DEFAULT_WORKFLOW_TEMPLATE;
  const template = await get<KubeObject>(cluster, kind, name, workload.metadata.namespace);
  return describeCost(
    cost,
    workload.spec?.targetUrls?.length ?? 1,
    template?.metadata.annotations?.[ANNOTATIONS.costEstimate],
  );
}

/** The lines from what is known. */
export function describeCost(
  { currency, total, parts, modelCalls, tokens, prices }: NonNullable<NonNullable<Workload["status"]>["cost"]>,
  pages: number,
  annotation: string | undefined,
): string[] {
  const kinds = Object.entries(parts).map(([kind, amount]) => `${kind} ${amount}`);
  const lines = [
    `measured   ${total} ${currency} (${kinds.join(", ")}; ${modelCalls} calls of models, ${tokens.input} + ${tokens.output} tokens; ${prices})`,
  ];
  const estimate = parseEstimate(annotation);
  if (estimate)
    lines.push(
      `estimated  ${estimateFor(pages, estimate)} ${estimate.currency} for ${pages} pages (${estimate.prices})`,
    );
  return lines;
}
