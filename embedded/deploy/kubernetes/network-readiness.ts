// Readiness of services and ingresses (provider/pkg/await/service.go, ingress.go).
import type { Cluster } from "./cluster.ts";
import { type KubeObject, type Readiness, spec, status } from "./status.ts";

/**
 * Milliseconds in which pods of a service may still appear, such as those made at the same time. The provider waits ten
 * seconds after the last change of a service's endpoints.
 */
const settled = 3000;

interface CheckContext {
  cluster: Cluster;
  waited: number;
}

/** Number of load balancer addresses of an object. */
export function loadBalancers(object: KubeObject): number {
  return ((status(object).loadBalancer as { ingress?: unknown[] } | undefined)?.ingress ?? []).length;
}

interface Endpoint {
  conditions?: { ready?: boolean; terminating?: boolean };
}

/**
 * Endpoints of a service; undefined where its controller hasn't written them yet; empty for a service that selects no pod.
 */
async function endpointsOf(cluster: Cluster, name: string, namespace: string | undefined) {
  const slices = await cluster.list(
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace },
    `kubernetes.io/service-name=${name}`,
  );
  if (slices.length === 0) return undefined;
  return slices.flatMap((slice) => (slice.endpoints ?? []) as Endpoint[]);
}

/**
 * A service waits until the pods that it selects are ready, but only briefly for pods to appear; a load
 * balancer for its address, too. One without a cluster IP of its own or without a selector has no pods to wait for.
 */
export async function service(object: KubeObject, { cluster, waited }: CheckContext): Promise<Readiness> {
  const { type, clusterIP, selector } = spec(object);
  if (type === "LoadBalancer" && loadBalancers(object) === 0) return "the load balancer to get an address";
  const selects = Object.keys((selector as object | undefined) ?? {}).length > 0;
  if (type === "ExternalName" || clusterIP === "None" || !selects) return undefined;
  const { name, namespace } = object.metadata;
  const endpoints = await endpointsOf(cluster, name, namespace);
  if (!endpoints?.length) return waited < settled ? "its endpoints" : undefined;
  // A pod that is ending won't be ready again.
  const pending = endpoints.filter(({ conditions }) => conditions?.ready === false && !conditions.terminating);
  return pending.length > 0 ? `${pending.length} pods behind the service to be ready` : undefined;
}

interface IngressSpec {
  rules?: { http?: { paths: { backend: { service?: { name?: string } } }[] } }[];
}

/** An ingress waits for the endpoints of the services that its rules name, as long as these may still come. */
export async function backends(object: KubeObject, { cluster, waited }: CheckContext): Promise<Readiness> {
  if (waited >= settled) return undefined;
  const { rules = [] } = spec(object) as IngressSpec;
  const paths = rules.flatMap(({ http }) => http?.paths ?? []);
  const { namespace } = object.metadata;
  for (const name of new Set(paths.flatMap(({ backend }) => backend.service?.name ?? []))) {
    if (await endpointsOf(cluster, name, namespace)) continue;
    const found = await cluster.get({ apiVersion: "v1", kind: "Service", namespace, name });
    if ((found?.spec as { type?: string } | undefined)?.type !== "ExternalName") return `endpoints of service ${name}`;
  }
  return undefined;
}
