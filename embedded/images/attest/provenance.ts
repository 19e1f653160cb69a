// States how an image was built here, as SLSA provenance of version 1.
import { basename } from "node:path";
import type { Archive } from "../archive.ts";
import type { Material } from "../materials.ts";
import { type Claim, predicateTypes } from "./statement.ts";

/** Ids of what makes images here: policies admit the images of the builders that they name. */
export const builders = {
  /** `make up`, from this work tree. */
  built: "https://agentic.io/builders/make-up",
  /** `make up`, from an archive in the bundle folder or a registry: who built that isn't known. */
  imported: "https://agentic.io/builders/make-up/import",
} as const;

/** What the parameters mean is in docs/image-signing.md. */
const buildType = "https://agentic.io/build-types/image/v1";

/** The id of what made an image. */
export function builderOf({ materials }: Archive): string {
  return materials ? builders.built : builders.imported;
}

/** The parts of a provenance predicate that are read again. */
export interface Provenance {
  buildDefinition: {
    buildType: string;
    externalParameters: { image: string; platform: string };
    internalParameters: { node: string };
    resolvedDependencies: readonly Material[];
  };
  runDetails: { builder: { id: string }; metadata: { startedOn: string; finishedOn: string } };
}

/** The provenance of an image that was built or imported here, at this time. */
export function provenance(archive: Archive, time: Date): Claim {
  const { ref, digest, path } = archive;
  const imported = { name: basename(path), uri: `oci:${ref}`, digest: { sha256: digest.replace("sha256:", "") } };
  const predicate: Provenance = {
    buildDefinition: {
      buildType,
      externalParameters: { image: ref, platform: `linux/${process.arch === "x64" ? "amd64" : process.arch}` },
      internalParameters: { node: process.versions.node },
      resolvedDependencies: archive.materials ?? [imported],
    },
    runDetails: {
      builder: { id: builderOf(archive) },
      // Every make up runs the build; with nothing changed it takes all layers from the cache.
      metadata: { startedOn: time.toISOString(), finishedOn: time.toISOString() },
    },
  };
  return { predicateType: predicateTypes.provenance, predicate };
}

/** When the build that a provenance predicate is of had finished, in milliseconds since 1970; NaN where it doesn't say. */
export function finishedOn(predicate: object): number {
  return Date.parse((predicate as Partial<Provenance>).runDetails?.metadata?.finishedOn ?? "");
}
