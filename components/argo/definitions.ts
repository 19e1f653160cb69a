// The custom resources of Argo Workflows, as definitions that keep every field: the engine, not the API server, knows the
// whole schema, and Argo's full ones are 12 MB.
import { ARGO } from "@agentic/api/names.ts";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import * as pulumi from "@pulumi/pulumi";

interface Kind {
  kind: string;
  plural: string;
  shortNames?: string[];
  clusterScoped?: boolean;
  /** Status is a subresource; Argo's Workflow has none, so that a resume is one update. */
  statusSubresource?: boolean;
  columns?: { name: string; type: string; jsonPath: string; description?: string }[];
}

/** All kinds of Argo Workflows. */
export const argoKinds: readonly Kind[] = [
  {
    kind: "Workflow",
    plural: "workflows",
    shortNames: ["wf"],
    columns: [
      { name: "Status", type: "string", jsonPath: ".status.phase", description: "Status of the workflow" },
      { name: "Progress", type: "string", jsonPath: ".status.progress", description: "Finished of all steps" },
      { name: "Age", type: "date", jsonPath: ".status.startedAt", description: "When the workflow was started" },
      { name: "Message", type: "string", jsonPath: ".status.message", description: "Why it is as it is" },
    ],
  },
  { kind: "WorkflowTemplate", plural: "workflowtemplates", shortNames: ["wftmpl"] },
  {
    kind: "ClusterWorkflowTemplate",
    plural: "clusterworkflowtemplates",
    shortNames: ["clusterwftmpl", "cwft"],
    clusterScoped: true,
  },
  { kind: "CronWorkflow", plural: "cronworkflows", shortNames: ["cwf", "cronwf"] },
  { kind: "WorkflowEventBinding", plural: "workfloweventbindings", shortNames: ["wfeb"] },
  { kind: "WorkflowTaskSet", plural: "workflowtasksets", shortNames: ["wfts"], statusSubresource: true },
  { kind: "WorkflowTaskResult", plural: "workflowtaskresults" },
  { kind: "WorkflowArtifactGCTask", plural: "workflowartifactgctasks", shortNames: ["wfat"], statusSubresource: true },
];

/** Registers Argo's kinds with the API server. */
export class ArgoDefinitions extends pulumi.ComponentResource {
  /** What a WorkflowTemplate depends on. */
  readonly definitions: CustomResourceDefinition[];

  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:argo:ArgoDefinitions", name, {}, options);
    this.definitions = argoKinds.map(
      (kind) => new CustomResourceDefinition(`${name}-${kind.plural}`, definition(kind) as never, { parent: this }),
    );
    this.registerOutputs({});
  }
}

function definition({ kind, plural, shortNames, clusterScoped, statusSubresource, columns }: Kind) {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    metadata: { name: `${plural}.${ARGO.group}` },
    spec: {
      group: ARGO.group,
      scope: clusterScoped ? "Cluster" : "Namespaced",
      // The API server drops an empty list, which would show as a difference at each update.
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames ? { shortNames } : {}),
      },
      versions: [
        {
          name: ARGO.version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              ...(statusSubresource ? { properties: { status: open } } : {}),
              "x-kubernetes-preserve-unknown-fields": true,
            },
          },
          ...(statusSubresource ? { subresources: { status: {} } } : {}),
          ...(columns ? { additionalPrinterColumns: columns } : {}),
        },
      ],
    },
  };
}
