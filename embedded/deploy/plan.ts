// Adds what a run is about to make to the state before anything is made: a run that is cut off loses no random value, and its objects
// are still known when the program no longer declares them.
import { secretTarget } from "./cert-manager.ts";
import { isCertManager } from "./cert-manager-types.ts";
import type { Clusters } from "./clusters.ts";
import type { KubeObject } from "./kubernetes/cluster.ts";
import { patchManager } from "./patches.ts";
import { isPlanned } from "./put.ts";
import { isKubernetes, type Recording } from "./recording.ts";
import { isPatch, type Registration } from "./registration.ts";
import { intend, previousOf, previousUrn, stateOf } from "./state-entries.ts";
import type { ResourceState, State } from "./state-types.ts";
import { redact } from "./values.ts";

/** Adds a recorded program to the state, as far as its objects are known before the run; the others are added during it. */
export async function plan(state: State, recording: Recording, clusters: Clusters): Promise<void> {
  for (const registration of recording.registrations) {
    const random = recording.random[registration.urn]?.resource;
    if (!random) continue;
    const urn = previousUrn(state, registration) ?? registration.urn;
    state.resources[urn] = { ...random, ...state.resources[urn], random: random.random };
  }
  const planned = await Promise.all(
    recording.registrations.map(async (registration) => ({
      registration,
      made: await plannedOf(registration, clusters),
    })),
  );
  for (const { registration, made: entry } of planned) {
    if (entry?.target) intend(state, registration, entry);
    else if (entry && !previousOf(state, registration))
      state.resources[registration.urn] = stateOf(registration, entry);
  }
}

/** The object that a registration will make, or a provider's connection; undefined where it isn't known yet. */
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
  // If the cluster doesn't answer, the resources that need it report the error.
  const namespaced = await clusters
    .of(provider)
    .namespaced(apiVersion, kind)
    .catch(() => undefined);
  // The kind's definition doesn't exist yet: the run adds the object once it does.
  if (namespaced === undefined && !namespace) return undefined;
  const space = namespaced === false ? undefined : namespace || clusters.namespaceOf(provider);
  const target = { apiVersion, kind, namespace: space, name };
  return { target, ...(isPatch(registration) ? { manager: patchManager(urn) } : {}) };
}
