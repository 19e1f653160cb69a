// How many objects of each kind a tenant's namespace may hold: what etcd and the controllers carry is shared by all tenants.
import { AGENT_SCHEDULE, AGENT_WORKLOAD, API_GROUP, ARGO } from "@agentic/api/names.ts";
import { type Static, Type } from "typebox";
import { closed, wholeNumber } from "./fields.ts";
import type { Profile } from "./profile.ts";

/** Of each kind: its resource as a quota names it, and the default number by profile. */
const kinds = {
  workloads: {
    resource: `${AGENT_WORKLOAD.plural}.${API_GROUP}`,
    about: "AgentWorkloads, those that have ended included",
    counts: { minimal: 1_000, standard: 5_000, ha: 10_000 },
  },
  schedules: {
    resource: `${AGENT_SCHEDULE.plural}.${API_GROUP}`,
    about: "AgentSchedules",
    counts: { minimal: 50, standard: 100, ha: 200 },
  },
  workflows: {
    resource: `workflows.${ARGO.group}`,
    about: "Workflows; a workload has one for each attempt",
    counts: { minimal: 2_000, standard: 10_000, ha: 20_000 },
  },
  templates: {
    resource: `workflowtemplates.${ARGO.group}`,
    about: "WorkflowTemplates",
    counts: { minimal: 50, standard: 100, ha: 200 },
  },
  cronWorkflows: {
    resource: `cronworkflows.${ARGO.group}`,
    about: "CronWorkflows",
    counts: { minimal: 20, standard: 50, ha: 100 },
  },
  secrets: { resource: "secrets", about: "Secrets", counts: { minimal: 50, standard: 100, ha: 200 } },
  configMaps: { resource: "configmaps", about: "ConfigMaps", counts: { minimal: 50, standard: 100, ha: 200 } },
  services: { resource: "services", about: "Services", counts: { minimal: 20, standard: 50, ha: 100 } },
  volumeClaims: {
    resource: "persistentvolumeclaims",
    about: "PersistentVolumeClaims",
    counts: { minimal: 20, standard: 50, ha: 100 },
  },
  jobs: { resource: "jobs.batch", about: "Jobs", counts: { minimal: 50, standard: 100, ha: 200 } },
  cronJobs: { resource: "cronjobs.batch", about: "CronJobs", counts: { minimal: 20, standard: 50, ha: 100 } },
  deployments: { resource: "deployments.apps", about: "Deployments", counts: { minimal: 20, standard: 50, ha: 100 } },
} as const satisfies Record<string, { resource: string; about: string; counts: Record<Profile, number> }>;

type Name = keyof typeof kinds;
const names = Object.keys(kinds) as Name[];

const field = (name: Name) => {
  const { about, counts } = kinds[name];
  const { minimal, standard, ha } = counts;
  return wholeNumber({
    from: 1,
    to: 100_000,
    description: `${about}. Default ${minimal}, ${standard} or ${ha}: minimal, standard or ha.`,
  });
};

/** Section `tenants[].quota.objects`. */
export const objectQuotaSchema = Type.Object(
  Object.fromEntries(names.map((name) => [name, field(name)])) as Record<Name, ReturnType<typeof wholeNumber>>,
  { ...closed, description: "How many objects of each kind its namespace may hold." },
);

/** Numbers of objects by the config's names of their kinds. */
export type ObjectQuota = Record<Name, number>;

/** The section with the profile's defaults. */
export function objectQuota(declared: Static<typeof objectQuotaSchema> | undefined, profile: Profile): ObjectQuota {
  return Object.fromEntries(
    names.map((name) => [name, declared?.[name] ?? kinds[name].counts[profile]]),
  ) as ObjectQuota;
}

/** The numbers by the names of the resources, as a quota has them. */
export function countsOf(objects: ObjectQuota): Record<string, number> {
  return Object.fromEntries(names.map((name) => [kinds[name].resource, objects[name]]));
}
