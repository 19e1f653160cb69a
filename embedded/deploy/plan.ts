// What a run is about to make, written down before it makes anything: a run that is cut off loses no random value, and what it has
// made is still known when the program no longer asks for it.
import { secretTarget } from "./cert-manager.ts";
import { isCertManager } from "./cert-manager-types.ts";
import type { Clusters } from "./clusters.ts";
import { intend, keptOf, keptUrn, stateOf } from "./kept.ts";
import type { KubeObject } from "./kubernetes/cluster.ts";
import { patchManager } from "./patches.ts";
import { isPlanned } from "./put.ts";
import { isKubernetes, type Recording } from "./recording.ts";
import { isPatch, type Registration } from "./registration.ts";
import type { ResourceState, State } from "./remembered.ts";
import { redact } from "./values.ts";

/** Adds a recorded program to the state, as far as it is known before it runs: the rest is written when it is. */
export async function plan(state: State, recording: Recording, clusters: Clusters): Promise<void> {
  for (const registration of recording.registrations) {
    const random = recording.random[registration.urn]?.resource;
    if (!random) continue;
    const urn = keptUrn(state, registration) ?? registration.urn;
    state.resources[urn] = { ...random, ...state.resources[urn], random: random.random };
  }
  const planned = await Promise.all(
    recording.registrations.map(async (registration) => ({
      registration,
      made: await plannedOf(registration, clusters),
    })),
  );
  for (const { registration, made } of planned) {
    if (made?.target) intend(state, registration, made);
    else if (made && !keptOf(state, registration)) state.resources[registration.urn] = stateOf(registration, made);
  }
}

/** What a registration will have in a cluster, or how its cluster is reached; undefined where it isn't known yet. */
async function plannedOf(registration: Registration, clusters: Clusters): Promise<Partial<ResourceState> | undefined> {
  const { urn, type, custom, inputs, provider } = registration;
  if (type === "pulumi:providers:kubernetes") {
    const connection = clusters.use(registration);
    return connection && { connection };
  }
  if (!custom || !isKubernetes(type) || isPlanned(registration, clusters)) return undefined;
  if (isCertManager(type)) {
    const target = secretTarget(registration, clusters.namespaceOf(provider));
    return target && { target };
  }
  const { apiVersion, kind, metadata } = redact(inputs) as unknown as KubeObject;
  const { name, namespace } = metadata;
  // A cluster that doesn't answer is an error of the resources that need it.
  const namespaced = await clusters
    .of(provider)
    .namespaced(apiVersion, kind)
    .catch(() => undefined);
  // A kind whose definition is on its way: where its object will be is known, and written, when that is there.
  if (namespaced === undefined && !namespace) return undefined;
  const space = namespaced === false ? undefined : namespace || clusters.namespaceOf(provider);
  const target = { apiVersion, kind, namespace: space, name };
  return { target, ...(isPatch(registration) ? { manager: patchManager(urn) } : {}) };
}
