// Component `certificates`: which settings contradict each other, and what requires it.
import type { Profile } from "./profile.ts";

/** The parts of a stack's config that certificates depend on. */
interface StackSettings {
  profile?: Profile;
  components?: {
    certificates?: {
      enabled?: boolean;
      version?: string;
      image?: string;
      replicas?: number;
      resources?: object;
      values?: { install?: boolean; days?: number; renewDays?: number };
    };
  };
}

/** What is wrong with the certificates, taken together with the rest; `key` writes a config key in full. */
export function certificateErrors(
  { profile, components = {} }: StackSettings,
  key: (path: string) => string,
): string[] {
  const { enabled = true, image, values = {}, ...settings } = components.certificates ?? {};
  const at = (path: string) => key(`components.certificates.${path}`);
  const errors: string[] = [];
  if (!enabled && profile === "ha")
    errors.push(
      `${at("enabled")} is false, but profile ha has its services' traffic encrypted: leave it on, or choose another profile`,
    );
  if (image)
    errors.push(`${at("image")} is given, but cert-manager runs from several images: set version, or leave it out`);
  const { install = true, days = 90, renewDays = 30 } = values;
  if (renewDays >= days)
    errors.push(
      `${at("values.renewDays")} is ${renewDays}, but a certificate is good for ${days} days (values.days): renew it earlier than that`,
    );
  if (!install)
    for (const setting of ["version", "replicas", "resources"] as const)
      if (settings[setting] !== undefined)
        errors.push(`${at(setting)} is given, but values.install is false: the cluster's own cert-manager has its own`);
  return errors;
}
