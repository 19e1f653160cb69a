// The SLSA provenance of an image that CI built from a Dockerfile of this repository.

/** A build of one image. Texts may be variables of the shell that writes the statement. */
export interface DockerfileBuild {
  /** Full name without tag and digest. */
  image: string;
  /** Path in the repository. */
  dockerfile: string;
  /** Such as `git+https://github.com/acme/platform`. */
  repository: string;
  commit: string;
  /** Id of the builder, by which policies admit images. */
  builder: string;
  /** Id of the run. */
  invocationId: string;
  /** As RFC 3339 has it. */
  finishedOn: string;
}

/** The predicate, of version 1. */
export function dockerfileProvenance(build: DockerfileBuild): object {
  const { image, dockerfile, repository, commit, builder, invocationId, finishedOn } = build;
  return {
    buildDefinition: {
      buildType: "https://agentic.io/build-types/dockerfile/v1",
      externalParameters: { image, dockerfile },
      resolvedDependencies: [{ uri: repository, digest: { gitCommit: commit } }],
    },
    runDetails: { builder: { id: builder }, metadata: { invocationId, finishedOn } },
  };
}
