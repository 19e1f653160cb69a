// Every image that a stack's cluster may run, and the ones that are built here.
import { images } from "../../components/images.ts";
import type { Config } from "../config/config.ts";

/** Our own images that Cloud Build makes, with their Dockerfiles. */
export const ownDockerfiles = {
  operator: "operator/Dockerfile",
  agents: "agents/Dockerfile",
  console: "console/Dockerfile",
} as const;

/** Repositories of the images that cert-manager's chart runs. */
const certManager = ["controller", "webhook", "cainjector", "startupapicheck"].map(
  (part) => `quay.io/jetstack/cert-manager-${part}`,
);

/** References of the table, of the config, and of what the config overrides. */
export function imagesOf({ images: own, components }: Config): string[] {
  const overrides = Object.values(components).flatMap(({ image, values }) => [
    image,
    ...Object.entries(values ?? {}).flatMap(([key, value]) => (key.endsWith("Image") ? [value] : [])),
  ]);
  const { enabled, values } = components.certificates;
  const table = Object.values(images).map(({ ref }) => ref);
  const all = [...table, ...(enabled && values.install ? certManager : []), ...Object.values(own), ...overrides];
  return [...new Set(all.filter((ref): ref is string => typeof ref === "string" && ref !== ""))];
}
