// The templates of a tenant with their parameters as JSON Schema, read with the visitor's own rights.
import { catalogueTemplate, type DescribedTemplate } from "@agentic/api/catalogue.ts";
import { ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import { templatesPath } from "@agentic/kube/workloads/paths.ts";
import type { TemplateView } from "../contract.ts";
import type { Visitor } from "../sessions/visitors.ts";

type Listed = DescribedTemplate & { metadata: { labels?: Record<string, string> } };

export async function templatesOf({ client }: Visitor, namespace: string): Promise<TemplateView[]> {
  const templates = await client.list<Listed>(templatesPath(namespace));
  return templates.map((template) => {
    const channel = template.metadata.labels?.[LABELS.channel];
    const costEstimate = template.metadata.annotations?.[ANNOTATIONS.costEstimate];
    return {
      ...catalogueTemplate(template),
      ...(channel ? { channel } : {}),
      ...(costEstimate ? { costEstimate } : {}),
    };
  });
}
