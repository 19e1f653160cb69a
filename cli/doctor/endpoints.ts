// How many pods stand behind a Service.
import { pathOf, type Sight } from "./sight.ts";

interface Slice {
  endpoints?: { conditions?: { ready?: boolean } }[];
}

/** The number of ready ones; `none` where the Service has no list of pods; undefined where it may not be read. */
export async function readyEndpoints(
  see: Sight,
  namespace: string,
  service: string,
): Promise<number | "none" | undefined> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const slices = await see.list<Slice>(pathOf("discovery.k8s.io/v1", "endpointslices", namespace), { labelSelector });
  if (!slices) return undefined;
  if (slices.length === 0) return "none";
  // Absent means ready (discovery/v1).
  return slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
    .length;
}
