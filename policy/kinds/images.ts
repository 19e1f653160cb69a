// What an image's name says: its registry, and whether it is pinned to one image.
import type { PolicyConfigSchema } from "@pulumi/policy";
import type { Fields } from "../values.ts";

/** Moving tags: `moving` change with every build, those of a major version, such as `15` or `15-bookworm`, with every release. */
const wholeMajor = /^v?\d{1,4}(-[a-z][a-z0-9.-]*)?$/i;
const moving = new Set(["latest", "main", "master", "edge", "nightly", "dev", "stable", "canary"]);

/** Whether an image's name may later refer to another image. */
export function isUnpinned(image: string): boolean {
  const [name = "", digest] = image.split("@");
  if (digest !== undefined) return !/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(digest);
  const tag = name.split("/").at(-1)?.split(":")[1];
  return !tag || moving.has(tag.toLowerCase()) || wholeMajor.test(tag);
}

/** The image of a container as text; "" where it names none. */
export const imageOf = (container: Fields): string => String(container.image ?? "").trim();

/** Whether an image's name is a variable of a workflow or a task, which is replaced before the pod is created. */
export const isVariable = (image: string): boolean => /^(\{\{[^{}]*\}\}|\$\([^()]*\))$/.test(image);

/**
 * The registries of the platform's images; its own are built locally under `localhost`. `*` stands for one part of a host name
 * or path.
 */
export const defaultRegistries = [
  "localhost/agentic-platform",
  "ghcr.io/browserless",
  "ghcr.io/berriai",
  "ghcr.io/sigstore",
  "quay.io/argoproj",
  "quay.io/jetstack",
  "quay.io/minio",
  "quay.io/prometheus",
  "registry.k8s.io",
  "docker.io/burningalchemist",
  "docker.io/jaegertracing",
  "docker.io/library",
  "docker.io/natsio",
  "docker.io/openpolicyagent",
  "*.pkg.dev",
  "*.gcr.io",
  "gcr.io",
];

/** The setting `registries` of rules about images. */
export const registriesSetting = {
  registries: {
    type: "array",
    items: { type: "string" },
    default: defaultRegistries,
    description: "Registries, with a path where only that is trusted; `*` stands for one part of the host's name.",
  },
} as const satisfies PolicyConfigSchema["properties"];

/** Whether an image is from one of the registries. */
export function isFrom(image: string, registries: readonly string[]): boolean {
  const name = fullName(image);
  return registries.some((registry) => {
    const pattern = registry.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^./]+");
    return new RegExp(`^${pattern}(/|$)`).test(name);
  });
}

/** An image's repository with its registry, without tag and digest. */
export function fullName(image: string): string {
  const [name = ""] = image.split("@");
  const slash = name.lastIndexOf("/");
  const colon = name.indexOf(":", slash + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const [first = "", ...rest] = repository.split("/");
  // The first part is a host if it can't be part of a path, by the reference grammar of distribution.
  const isHost = rest.length > 0 && /[.:A-Z]|^localhost$/.test(first);
  const host = isHost ? first.toLowerCase() : "docker.io";
  const path = isHost ? rest : [first, ...rest];
  if (host !== "docker.io" && host !== "index.docker.io") return [host, ...path].join("/");
  return ["docker.io", ...(path.length === 1 ? ["library"] : []), ...path].join("/");
}
