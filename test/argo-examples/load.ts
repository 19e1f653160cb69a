// Argo's own examples (NOTICE.md): each Workflow among them, and the templates to which they refer.
import { readFileSync } from "node:fs";
import type { Library, Workflow, WorkflowTemplate } from "../../embedded/engine/core/types.ts";

/** A Workflow, and the file that it stands in. */
export interface Example {
  file: string;
  workflow: Workflow;
}

interface Manifest {
  file: string;
  object: { kind: string; metadata: { name?: string; generateName?: string } };
}

const manifests = JSON.parse(readFileSync(new URL("testdata/examples.json", import.meta.url), "utf8")) as Manifest[];

const ofKind = (kind: string) => manifests.filter(({ object }) => object.kind === kind);

/** The example's Workflow as the API server stores it. */
function stored({ file, object }: Manifest): Example {
  const { spec } = object as unknown as Workflow;
  const { name, generateName = "" } = object.metadata;
  const metadata = {
    ...object.metadata,
    name: name ?? `${generateName}x7k2p`,
    namespace: "argo",
    uid: "u-1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  return { file, workflow: { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", metadata, spec } };
}

export const examples: readonly Example[] = ofKind("Workflow").map(stored);

function find(kind: string, name: string): WorkflowTemplate | undefined {
  return ofKind(kind).find(({ object }) => object.metadata.name === name)?.object as WorkflowTemplate | undefined;
}

/** The templates of the examples. */
export const library: Library = {
  workflowTemplate: (name) => find("WorkflowTemplate", name),
  clusterWorkflowTemplate: (name) => find("ClusterWorkflowTemplate", name),
};
