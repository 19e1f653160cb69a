// Config section `slo`: what the objectives of service levels promise, where it differs from the profile's.
import { type Static, Type } from "typebox";
import { type ObjectiveName, objectiveNames, objectives, type Targets } from "../../components/observability/slo.ts";
import { closed } from "./fields.ts";
import type { Profile } from "./profile.ts";

/** Percent of good in 30 days. */
export const sloTargets: Record<Profile, Targets> = {
  minimal: { submission: 99, "first-step": 90, success: 95, report: 90, gate: 95, webhook: 99 },
  standard: { submission: 99.5, "first-step": 95, success: 98, report: 95, gate: 99, webhook: 99.5 },
  ha: { submission: 99.9, "first-step": 99, success: 99, report: 95, gate: 99.5, webhook: 99.9 },
};

const target = (name: ObjectiveName) =>
  Type.Optional(
    Type.Number({
      minimum: 50,
      maximum: 99.999,
      description: `${objectives[name].good} Default: the profile's, as docs/slo.md says.`,
    }),
  );

export const sloSchema = Type.Object(
  Object.fromEntries(objectiveNames.map((name) => [name, target(name)])) as Record<
    ObjectiveName,
    ReturnType<typeof target>
  >,
  { ...closed, description: "Objectives of service levels: percent of good in 30 days, by name." },
);

/** The targets with the profile's. */
export function sloConfig(value: Static<typeof sloSchema> | undefined, profile: Profile): Targets {
  return { ...sloTargets[profile], ...value };
}
