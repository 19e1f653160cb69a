// Our own images on Google Cloud: Cloud Build builds them from their Dockerfiles, signs them and prints their digests.
import { RepositoryIamMember } from "@pulumi/gcp/artifactregistry/repositoryIamMember.js";
import { Trigger } from "@pulumi/gcp/cloudbuild/trigger.js";
import { CryptoKey } from "@pulumi/gcp/kms/cryptoKey.js";
import { CryptoKeyIAMMember } from "@pulumi/gcp/kms/cryptoKeyIAMMember.js";
import { KeyRing } from "@pulumi/gcp/kms/keyRing.js";
import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

/** A build step's containers, pinned. cosign: newer formats of signatures aren't read by the policy controller. */
const tools = {
  docker: "gcr.io/cloud-builders/docker:24.0.9",
  cosign: "ghcr.io/sigstore/cosign/cosign:v3.1.3-dev",
} as const;

/** cosign's switches for a signature that the policy controller reads. */
const signing = "--use-signing-config=false --tlog-upload=false --new-bundle-format=false";

export interface ImageBuildsArgs extends GcpScope {
  /** What image names begin with. */
  registry: string;
  /** Id of the Artifact Registry repository. */
  repository: pulumi.Input<string>;
  /** Image name → its Dockerfile, both relative to the repository's root. */
  dockerfiles: Readonly<Record<string, string>>;
  /**
   * Full name of a repository that is connected to Cloud Build, `projects/…/locations/…/connections/…/repositories/…`.
   * Absent: no trigger; `gcloud builds submit` runs the same steps.
   */
  source?: string;
  /** Branch whose pushes are built, a regular expression. Default `^main$`. */
  branch?: string;
  /** Number behind the signing key ring's name, as with other keys. Default 1. */
  generation?: number;
  /** Who checks signatures, by name of the binding, as members of IAM. */
  verifiers?: Readonly<Record<string, string>>;
}

/** An account that may push and sign, a signing key that never leaves KMS, and a trigger. */
export class ImageBuilds extends pulumi.ComponentResource {
  /** How cosign and the policy controller name the signing key. */
  readonly signingKey: string;
  /** Email of the builds' account. */
  readonly builder: string;

  constructor(name: string, args: ImageBuildsArgs, options?: pulumi.ComponentResourceOptions) {
    const { generation = 1, branch = "^main$" } = args;
    checkScope(args);
    if (Object.keys(args.dockerfiles).length === 0) throw new Error("dockerfiles: is empty: name what to build");
    const bad = Object.keys(args.dockerfiles).find((image) => !/^[a-z][a-z0-9-]*$/.test(image));
    if (bad !== undefined) throw new Error(`dockerfiles: '${bad}' is not a valid image name: a-z, 0-9 and -`);
    if (args.source !== undefined && !/^projects\/.+\/connections\/.+\/repositories\/.+$/.test(args.source))
      throw new Error(`source: '${args.source}' is not such as projects/…/locations/…/connections/…/repositories/…`);
    super("agentic:gcp:ImageBuilds", name, {}, options);
    const child = { parent: this };
    const { project, region } = args;
    this.builder = `${args.name}-builder@${project}.iam.gserviceaccount.com`;
    const member = `serviceAccount:${this.builder}`;
    const account = new Account(
      name,
      { project, accountId: `${args.name}-builder`, displayName: "Builds of the agentic platform's images" },
      child,
    );
    const after = { ...child, dependsOn: [account] };
    const ringName = `${args.name}-signing-${generation}`;
    const ring = new KeyRing(name, { project, location: region, name: ringName }, child);
    const key = new CryptoKey(
      name,
      {
        name: "images",
        keyRing: ring.id,
        purpose: "ASYMMETRIC_SIGN",
        destroyScheduledDuration: `${30 * 86_400}s`,
        versionTemplate: { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "HSM" },
        labels: gcpLabels(args),
      },
      { ...child, protect: args.deletionProtection },
    );
    this.signingKey = `gcpkms://projects/${project}/locations/${region}/keyRings/${ringName}/cryptoKeys/images`;
    const rights = [
      new CryptoKeyIAMMember(name, { cryptoKeyId: key.id, role: "roles/cloudkms.signerVerifier", member }, after),
      new RepositoryIamMember(
        name,
        { project, location: region, repository: args.repository, role: "roles/artifactregistry.writer", member },
        after,
      ),
      new IAMMember(`${name}-logs`, { project, role: "roles/logging.logWriter", member }, after),
    ];
    // Whoever checks reads the newest version of the key, and its public half.
    for (const [verifier, verifies] of Object.entries(args.verifiers ?? {}))
      for (const role of ["viewer", "publicKeyViewer"])
        new CryptoKeyIAMMember(
          `${name}-${verifier}-${role}`,
          { cryptoKeyId: key.id, role: `roles/cloudkms.${role}`, member: verifies },
          child,
        );
    if (args.source !== undefined)
      new Trigger(
        name,
        {
          project,
          location: region,
          name: `${args.name}-images`,
          description: "Builds, scans and signs the platform's images",
          serviceAccount: account.id,
          repositoryEventConfig: { repository: args.source, push: { branch } },
          build: this.#build(args),
        },
        { ...child, dependsOn: rights },
      );
    this.registerOutputs({ signingKey: this.signingKey });
  }

  /** Builds, pushes, signs by digest; the log ends with the references to put into the stack's config. */
  #build({ registry, dockerfiles }: ImageBuildsArgs) {
    const names = Object.keys(dockerfiles);
    const digest = (image: string) => `/workspace/${image}.digest`;
    return {
      timeout: "3600s",
      steps: [
        ...Object.entries(dockerfiles).map(([image, file]) => ({
          id: `build-${image}`,
          name: tools.docker,
          entrypoint: "bash",
          args: [
            "-ceu",
            [
              `docker build -f ${file} -t ${registry}/${image}:$COMMIT_SHA .`,
              `docker push ${registry}/${image}:$COMMIT_SHA`,
              `docker inspect --format '{{index .RepoDigests 0}}' ${registry}/${image}:$COMMIT_SHA > ${digest(image)}`,
            ].join("\n"),
          ],
          waitFors: ["-"],
        })),
        {
          id: "sign",
          name: tools.cosign,
          entrypoint: "sh",
          args: [
            "-ceu",
            names
              .map((image) => `cosign sign --key ${this.signingKey} ${signing} -y "$(cat ${digest(image)})"`)
              .join("\n"),
          ],
          waitFors: names.map((image) => `build-${image}`),
        },
        {
          id: "digests",
          name: tools.docker,
          entrypoint: "bash",
          args: [
            "-ceu",
            names.map((image) => `echo "pulumi config set --path images.${image} $(cat ${digest(image)})"`).join("\n"),
          ],
          waitFors: ["sign"],
        },
      ],
      // VERIFIED: Google signs where the image comes from (SLSA provenance).
      options: { logging: "CLOUD_LOGGING_ONLY", requestedVerifyOption: "VERIFIED", machineType: "E2_HIGHCPU_8" },
    };
  }
}
