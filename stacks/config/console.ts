// Component `console`: what it needs of the rest of the config.
import { certificatesIn } from "@agentic/api/certificates.ts";
import { hasImage, type StackSettings } from "./components.ts";

/** Where browsers find it, as far as the config says. */
export function consoleUrlOf({ components, gke }: PublicSettings): string | undefined {
  const { enabled, values } = components?.console ?? {};
  if (enabled === false) return undefined;
  return values?.publicUrl ?? (gke?.exposed?.console && `https://${gke.exposed.console}`);
}

interface PublicSettings {
  components?: { console?: { enabled?: boolean; values?: { publicUrl?: string } } };
  gke?: { exposed?: { console?: string } };
}

/** What is wrong with the console, taken together with the rest; `key` writes a config key in full. */
export function consoleErrors(
  stack: StackSettings & PublicSettings,
  off: (component: "workflows" | "operator" | "console") => boolean,
  key: (path: string) => string,
): string[] {
  if (off("console")) return [];
  const { enabled, values = {} } = stack.components?.console ?? {};
  const errors: string[] = [];
  if (!hasImage(stack, "console")) errors.push(`${key("images.console")} is missing: component console runs from it`);
  if (enabled)
    for (const component of ["operator", "workflows"] as const)
      if (off(component))
        errors.push(
          `${key(`components.${component}.enabled`)} is false, but the console shows AgentWorkloads, which need it: leave it on, or switch the console off (components.console.enabled: false)`,
        );
  if (values.oidc && !consoleUrlOf(stack))
    errors.push(
      `${key("components.console.values.publicUrl")} is missing: the issuer of values.oidc leads people back there`,
    );
  if (values.oidc?.ca !== undefined)
    errors.push(...authorityErrors(values.oidc.ca, key("components.console.values.oidc.ca")));
  return errors;
}

function authorityErrors(pem: string, path: string): string[] {
  try {
    certificatesIn(pem, path);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Throws where the issuer's secret is set, but no issuer that it is for. */
export function checkClientSecret(
  project: string,
  { components: { console: component } }: { components: { console: { enabled: boolean; values: { oidc?: object } } } },
  hasSecret: boolean,
): void {
  if (hasSecret && !(component.enabled && component.values.oidc))
    throw new Error(
      `${project}:components.console.values.oidc is missing: consoleClientSecret is set, but no issuer that it is for`,
    );
}
