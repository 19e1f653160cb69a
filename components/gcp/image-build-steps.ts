// The steps of Cloud Build for our own images: build, list and scan what is in them, sign, attest, and print their digests.

import { dockerfileProvenance } from "../security/dockerfile-provenance.ts";
import { notScanned } from "../security/scan-record.ts";
import { statementTypes } from "../security/statement-policies.ts";
import { scanTemplate } from "./scan-template.ts";

/** Images of the steps, by digest: what runs in them holds the right to sign, and a tag can be moved. */
export interface BuildTools {
  /** docker with bash, such as `gcr.io/cloud-builders/docker@sha256:…`. */
  docker: string;
  /** cosign 3 with a shell, such as `ghcr.io/sigstore/cosign/cosign:v3.1.3-dev@sha256:…`. */
  cosign: string;
  /** syft with a shell, such as `ghcr.io/anchore/syft:v1.54.1-debug@sha256:…`. */
  syft: string;
  /** grype with a shell, such as `ghcr.io/anchore/grype:v0.120.1-debug@sha256:…`. Absent: nothing is scanned, and the images' record says so. */
  grype?: string;
}

/** What the steps build, and by whom it is signed. */
export interface BuildPlan {
  /** What image names begin with. */
  registry: string;
  /** Image name → its Dockerfile. */
  dockerfiles: Readonly<Record<string, string>>;
  tools: BuildTools;
  /** Address of the database of vulnerabilities. Default: the newest, which grype fetches. */
  database?: string;
  /** The signing key as cosign names it. */
  signingKey: string;
  /** Id of the builder, as the provenance names it. */
  builder: string;
}

/** cosign's switches for signatures by a key that is in no transparency log. */
const byKey = "--use-signing-config=false --tlog-upload=false -y";
/** The form that the policy controller reads, and the one that cosign 3 reads. */
const older = "--new-bundle-format=false";
const newer = "--new-bundle-format=true";

/** Of which file in Cloud Build's workspace an image's digest, or a predicate about it, is. */
const file = (image: string, kind: "digest" | "spdx.json" | "provenance.json" | "scan.json") =>
  `/workspace/${image}.${kind}`;

/** The steps, in their order. */
export function buildSteps(plan: BuildPlan) {
  const { registry, dockerfiles, tools, signingKey } = plan;
  const names = Object.keys(dockerfiles);
  const shell = (id: string, tool: { name: string; entrypoint: string }, lines: string[], waitFors: string[]) => ({
    id,
    ...tool,
    args: ["-ceu", lines.join("\n")],
    waitFors,
  });
  const docker = { name: tools.docker, entrypoint: "bash" };
  const cosign = { name: tools.cosign, entrypoint: "sh" };
  const ref = (image: string) => `"$(cat ${file(image, "digest")})"`;
  const builds = Object.entries(dockerfiles).map(([image, dockerfile]) =>
    shell(
      `build-${image}`,
      docker,
      [
        `docker build -f ${dockerfile} -t ${registry}/${image}:$COMMIT_SHA .`,
        `docker push ${registry}/${image}:$COMMIT_SHA`,
        `docker inspect --format '{{index .RepoDigests 0}}' ${registry}/${image}:$COMMIT_SHA > ${file(image, "digest")}`,
      ],
      ["-"],
    ),
  );
  const sign = (form: string) => (image: string) => `cosign sign --key ${signingKey} ${byKey} ${form} ${ref(image)}`;
  return [
    ...builds,
    shell(
      "sbom",
      { name: tools.syft, entrypoint: "/busybox/sh" },
      names.map((image) => `/syft scan registry:${ref(image)} -o spdx-json=${file(image, "spdx.json")}`),
      builds.map(({ id }) => id),
    ),
    ...(tools.grype
      ? [shell("scan", { name: tools.grype, entrypoint: "/busybox/sh" }, scans(names, plan.database), ["sbom"])]
      : []),
    shell(
      "sign",
      cosign,
      [...names.map(sign(older)), ...names.map(sign(newer))],
      builds.map(({ id }) => id),
    ),
    shell(
      "attest",
      cosign,
      names.flatMap((image) => attestations(image, plan)),
      [tools.grype ? "scan" : "sbom", "sign"],
    ),
    shell(
      "digests",
      docker,
      names.map((image) => `echo "pulumi config set --path images.${image} $(cat ${file(image, "digest")})"`),
      ["attest"],
    ),
  ];
}

/** Compares what the images' SBOMs list with a database. How old that may be is the policies' to say. */
function scans(names: readonly string[], database: string | undefined): string[] {
  const template = "/workspace/scan.tmpl";
  return [
    "export GRYPE_CHECK_FOR_APP_UPDATE=false GRYPE_DB_VALIDATE_AGE=false",
    ...(database ? ["export GRYPE_DB_AUTO_UPDATE=false", `/grype db import '${database}'`] : []),
    // Cloud Build takes a single dollar for a substitution of its own.
    `cat > ${template} <<'END'\n${scanTemplate(database).replaceAll("$", "$$$$")}\nEND`,
    ...names.map(
      (image) => `/grype sbom:${file(image, "spdx.json")} -o template -t ${template} > ${file(image, "scan.json")}`,
    ),
  ];
}

/**
 * Attests one image. The repository's tags never move, so the older form, which is a tag, has room for one statement: the provenance.
 * All are attached as bundles, which need no tag.
 */
function attestations(image: string, { registry, dockerfiles, tools, signingKey, builder }: BuildPlan): string[] {
  const time = "$(date -u +%Y-%m-%dT%H:%M:%SZ)";
  const provenance = dockerfileProvenance({
    image: `${registry}/${image}`,
    dockerfile: dockerfiles[image] ?? "",
    repository: "git+https://github.com/$REPO_FULL_NAME",
    commit: "$COMMIT_SHA",
    builder,
    invocationId: "$BUILD_ID",
    finishedOn: time,
  });
  const write = (path: string, predicate: object) => `cat > ${path} <<END\n${JSON.stringify(predicate)}\nEND`;
  const attest = (type: string, path: string, form: string) =>
    `cosign attest --key ${signingKey} ${byKey} ${form} --type ${type} --predicate ${path} "$(cat ${file(image, "digest")})"`;
  const [provenanceFile, scanFile] = [file(image, "provenance.json"), file(image, "scan.json")];
  return [
    write(provenanceFile, provenance),
    ...(tools.grype ? [] : [write(scanFile, notScanned(time))]),
    attest(statementTypes.provenance, provenanceFile, older),
    attest(statementTypes.provenance, provenanceFile, newer),
    attest(statementTypes.sbom, file(image, "spdx.json"), newer),
    attest(statementTypes.vulnerabilities, scanFile, newer),
  ];
}
