// Describes what layers are made from, as the resolved dependencies of a SLSA provenance statement.
import { readFileSync } from "node:fs";
import { sha256 } from "./store.ts";

/** Something that a build read, as a resource descriptor of in-toto. */
export interface Material {
  /** Name within the build, where the URI alone doesn't say what it is. */
  name?: string;
  /** A package URL, or the address of the source. */
  uri: string;
  /** By algorithm, in hexadecimal. */
  digest: Readonly<Record<string, string>>;
}

/** The fields of a Debian package's control file that identify it. */
interface DebianPackage {
  name: string;
  version: string;
  architecture: string;
  /** Such as `debian-12`. */
  distribution: string;
  /** The source package, as the field `Source` has it: with a version in parentheses where that is another one. Default: of the same name. */
  source?: string;
}

/** A Debian package with its archive's content. */
export function debianMaterial(
  { name, version, architecture, distribution, source = "" }: DebianPackage,
  archive: Buffer,
): Material {
  // Debian lists vulnerabilities by source package: scanners look for it in this qualifier of syft's.
  const [, upstream, sourceVersion] = /^(\S+)(?: \((.+)\))?$/.exec(source) ?? [];
  const qualifier = upstream
    ? `&upstream=${encodeURIComponent([upstream, sourceVersion].filter(Boolean).join("@"))}`
    : "";
  return {
    uri: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=${distribution}${qualifier}`,
    digest: { sha256: sha256(archive) },
  };
}

interface LockFile {
  packages: Record<string, { version?: string; integrity?: string; link?: boolean }>;
}

/** The packages of a lock file of npm that come from its registry, those that `only` selects by path. */
export function npmMaterials(lockFile: string, only: (path: string) => boolean = () => true): Material[] {
  const { packages } = JSON.parse(readFileSync(lockFile, "utf8")) as LockFile;
  const materials = Object.entries(packages).flatMap(([path, { version = "", integrity, link }]): Material[] => {
    if (!path.includes("node_modules/") || link || !integrity || !only(path)) return [];
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const uri = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
    return [{ uri, digest: integrityDigest(integrity) }];
  });
  return [...new Map(materials.map((material) => [material.uri, material])).values()];
}

/** The digest in a field of Subresource Integrity, such as `sha512-<base64>`. */
function integrityDigest(integrity: string): Record<string, string> {
  const [algorithm = "", value = ""] = integrity.split("-");
  return { [algorithm]: Buffer.from(value, "base64").toString("hex") };
}

/** Source files, by one digest over all, as Go's `dirhash.Hash1` computes it: SHA-256 of the lines of `sha256sum`, sorted by path. */
export function sourceMaterial(uri: string, files: readonly { path: string; sha256: string }[]): Material {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const lines = sorted.map((file) => `${file.sha256}  ${file.path}\n`);
  return { uri, digest: { dirHash: sha256(lines.join("")) } };
}
