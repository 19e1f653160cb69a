// Writes what is in an image as an SPDX document, from what its layers were made of.
import type { Archive } from "../archive.ts";
import type { Material } from "../materials.ts";

/** A package of an SPDX document of version 2.3, with the fields that are written here. */
export interface SpdxPackage {
  SPDXID: string;
  name: string;
  versionInfo?: string;
  downloadLocation: string;
  filesAnalyzed: boolean;
  primaryPackagePurpose?: string;
  checksums?: { algorithm: string; checksumValue: string }[];
  externalRefs?: { referenceCategory: string; referenceType: string; referenceLocator: string }[];
}

/** An SPDX document of version 2.3. */
export interface SpdxDocument {
  spdxVersion: string;
  SPDXID: string;
  name: string;
  packages: SpdxPackage[];
  relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
}

/** The document about an image that was made from `materials`. */
export function documentOf({ ref, digest }: Archive, materials: readonly Material[], time: Date): SpdxDocument {
  const [name = "", tag = ""] = ref.split(/:(?=[^/]*$)/);
  const hex = digest.replace("sha256:", "");
  const image: SpdxPackage = {
    SPDXID: "SPDXRef-Image",
    name,
    versionInfo: tag,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: hex }],
  };
  const packages = materials.map(packageOf);
  const contained = packages.map(({ SPDXID }) => ({
    spdxElementId: image.SPDXID,
    relationshipType: "CONTAINS",
    relatedSpdxElement: SPDXID,
  }));
  const document = { spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: ref };
  return {
    ...document,
    documentNamespace: `https://agentic.io/sbom/${hex}`,
    creationInfo: { created: time.toISOString().replace(/\.\d+Z$/, "Z"), creators: ["Tool: agentic-platform"] },
    packages: [image, ...packages],
    relationships: [
      { spdxElementId: document.SPDXID, relationshipType: "DESCRIBES", relatedSpdxElement: image.SPDXID },
      ...contained,
    ],
  } as SpdxDocument;
}

/** SPDX's names of the digests that it has of packages. */
const algorithms: Readonly<Record<string, string>> = {
  sha1: "SHA1",
  sha256: "SHA256",
  sha384: "SHA384",
  sha512: "SHA512",
};

function packageOf({ uri, digest }: Material, i: number): SpdxPackage {
  const [, name = uri, version] = /^pkg:(?:deb\/debian|[^/]+)\/(.+)@([^@?]+)/.exec(uri) ?? [];
  const checksums = Object.entries(digest).flatMap(([algorithm, value]) => {
    const named = algorithms[algorithm];
    return named ? [{ algorithm: named, checksumValue: value }] : [];
  });
  const reference = { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: uri };
  return {
    SPDXID: `SPDXRef-Package-${i + 1}`,
    name: decodeURIComponent(name),
    ...(version ? { versionInfo: decodeURIComponent(version) } : {}),
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    ...(checksums.length > 0 ? { checksums } : {}),
    ...(uri.startsWith("pkg:") ? { externalRefs: [reference] } : {}),
  };
}
