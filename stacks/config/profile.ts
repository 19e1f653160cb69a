// What a profile is: how many pods a component has and what each of them takes. declared.ts has the figures.
//
// A profile sets no volume's size: another size replaces the StatefulSet, and a step from `standard` to `ha` must not touch
// data.
import { type Static, Type } from "typebox";
import type { Resources } from "../../components/security/pod.ts";

/** From the smallest to the largest. */
export const profileNames = ["minimal", "standard", "ha"] as const;

export const profileSchema = Type.Union([Type.Literal("minimal"), Type.Literal("standard"), Type.Literal("ha")], {
  default: "standard",
  description: "minimal: a laptop; standard: a team's cluster; ha: every service that can stands in several pods.",
});

export type Profile = Static<typeof profileSchema>;

/** What a profile sets of a component. */
export interface Size {
  /** Pods; a component that can have only one has one in every profile. */
  replicas: number;
  /** Of each pod's main container. */
  resources: Resources;
}

/** Requests and limits as `cpu memory`, so that they can be read as a table. */
export const size = (replicas: number, requests: string, limits: string): Size => {
  const [cpu = "", memory = ""] = requests.split(" ");
  const [cpuLimit = "", memoryLimit = ""] = limits.split(" ");
  return { replicas, resources: { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } } };
};
