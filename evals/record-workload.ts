// Makes a case of a finished workload of a cluster, in a folder.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { type Cluster, get } from "../embedded/cli/cluster.ts";
import { openArtifacts } from "../embedded/cli/sample.ts";
import { saveCase, saveRecording } from "./case.ts";
import { recordRun } from "./record.ts";

/** Throws where there is no such workload, its run can't be recorded, or the folder holds a case. */
export async function recordWorkload(
  cluster: Cluster,
  { name, namespace, folder }: { name: string; namespace: string; folder: string },
): Promise<void> {
  const workload = await get(cluster, "agentworkload", name, namespace);
  if (!workload) throw new Error(`there is no AgentWorkload ${namespace}/${name}`);
  await using store = await openArtifacts(cluster, namespace);
  const { file, sources, ...recorded } = await recordRun(store, workload as unknown as AgentWorkload);
  saveCase(folder, file, sources);
  saveRecording(folder, file.pages, recorded);
}
