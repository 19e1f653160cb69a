// Config key `eventEngine`: what receives events, and what that needs.
import { Type } from "typebox";
import { type StackSettings as ComponentsSettings, hasImage } from "./components.ts";

export const eventEngineSchema = Type.Union([Type.Literal("argo"), Type.Literal("builtin")], {
  default: "argo",
  description: "Argo Events, or the built-in receiver where its images can't be had.",
});

/** The parts of a stack's config that the events depend on; `off` says what is switched off. */
interface StackSettings extends Pick<ComponentsSettings, "cluster" | "eventEngine" | "images" | "components"> {
  tenants?: { name: string; events?: "signed" | "token" | "none" }[];
}

/** What is wrong with the events, taken together with the rest; `key` writes a config key in full. */
export function eventErrors(
  value: StackSettings,
  off: (component: "workflows" | "operator" | "events") => boolean,
  key: (path: string) => string,
): string[] {
  if (off("events")) return [];
  const errors: string[] = [];
  for (const component of ["operator", "workflows"] as const)
    if (off(component))
      errors.push(
        `${key(`components.${component}.enabled`)} is false, but events lead to AgentWorkloads, which need it: leave it on, or switch events off (components.events.enabled: false)`,
      );
  if (value.eventEngine === "builtin" && !hasImage(value, "events"))
    errors.push(`${key("images.eventReceiver")} is missing: eventEngine builtin runs from it`);
  value.tenants?.forEach((tenant, i) => {
    if (tenant.events === "signed" && value.eventEngine !== "builtin")
      errors.push(
        `${key(`tenants[${i}].events`)} is signed, but Argo Events checks no signatures: set it to token, or set ${key("eventEngine")} to builtin`,
      );
  });
  if (value.tenants?.every(({ events }) => events === "none"))
    errors.push(
      `${key("tenants")} all have events none: let one take events, or switch them off (components.events.enabled: false)`,
    );
  return errors;
}
