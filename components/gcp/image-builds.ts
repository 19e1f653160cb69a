// Our own images on Google Cloud: Cloud Build builds them from their Dockerfiles, signs and attests them and prints their digests.
import { RepositoryIamMember } from "@pulumi/gcp/artifactregistry/repositoryIamMember.js";
import { Trigger } from "@pulumi/gcp/cloudbuild/trigger.js";
import { CryptoKey } from "@pulumi/gcp/kms/cryptoKey.js";
import { CryptoKeyIAMMember } from "@pulumi/gcp/kms/cryptoKeyIAMMember.js";
import { KeyRing } from "@pulumi/gcp/kms/keyRing.js";
import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import { BY_DIGEST } from "../images.ts";
import { type BuildTools, buildSteps } from "./image-build-steps.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface ImageBuildsArgs extends GcpScope {
  /** What image names begin with. */
  registry: string;
  /** Id of the Artifact Registry repository. */
  repository: pulumi.Input<string>;
  /** Image name → its Dockerfile, both relative to the repository's root. */
  dockerfiles: Readonly<Record<string, string>>;
  /** Absent: nothing is built by itself; the account and the key are there for builds of one's own. */
  trigger?: BuildTrigger;
  /** Number behind the signing key ring's name, as with other keys. Default 1. */
  generation?: number;
  /** Who checks signatures, by name of the binding, as members of IAM. */
  verifiers?: Readonly<Record<string, string>>;
}

/** What is built on each push, and by what. */
export interface BuildTrigger {
  /** Full name of a repository that is connected to Cloud Build, `projects/…/locations/…/connections/…/repositories/…`. */
  source: string;
  /** Branch whose pushes are built, a regular expression. Default `^main$`. */
  branch?: string;
  tools: BuildTools;
  /** Address of the database of vulnerabilities, where not the newest one is to be fetched; needs `tools.grype`. */
  database?: string;
}

/** An account that may push and sign, a signing key that never leaves KMS, and a trigger. */
export class ImageBuilds extends pulumi.ComponentResource {
  /** How cosign and the policy controller name the signing key. */
  readonly signingKey: string;
  /** Id of the builder in the images' provenance, which policies ask for. */
  readonly provenanceBuilder: string;
  /** Email of the builds' account. */
  readonly builder: string;

  constructor(name: string, args: ImageBuildsArgs, options?: pulumi.ComponentResourceOptions) {
    const { generation = 1, trigger } = args;
    checkScope(args);
    if (Object.keys(args.dockerfiles).length === 0) throw new Error("dockerfiles: is empty: name what to build");
    const invalid = Object.keys(args.dockerfiles).find((image) => !/^[a-z][a-z0-9-]*$/.test(image));
    if (invalid !== undefined) throw new Error(`dockerfiles: '${invalid}' is not a valid image name: a-z, 0-9 and -`);
    if (trigger) checkTrigger(trigger);
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
    const triggerName = `${args.name}-images`;
    this.provenanceBuilder = `https://cloudbuild.googleapis.com/projects/${project}/locations/${region}/triggers/${triggerName}`;
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
    if (trigger)
      new Trigger(
        name,
        {
          project,
          location: region,
          name: triggerName,
          description: "Builds, signs and attests the platform's images",
          serviceAccount: account.id,
          repositoryEventConfig: { repository: trigger.source, push: { branch: trigger.branch ?? "^main$" } },
          build: {
            timeout: "3600s",
            steps: buildSteps({
              registry: args.registry,
              dockerfiles: args.dockerfiles,
              tools: trigger.tools,
              database: trigger.database,
              signingKey: this.signingKey,
              builder: this.provenanceBuilder,
            }),
            // VERIFIED: Google signs where the image comes from, too.
            options: { logging: "CLOUD_LOGGING_ONLY", requestedVerifyOption: "VERIFIED", machineType: "E2_HIGHCPU_8" },
          },
        },
        { ...child, dependsOn: rights },
      );
    this.registerOutputs({ signingKey: this.signingKey });
  }
}

/** Throws with the field's name where a trigger can't be made, or would run what a tag names today. */
function checkTrigger({ source, tools, database }: BuildTrigger): void {
  if (!/^projects\/.+\/connections\/.+\/repositories\/.+$/.test(source))
    throw new Error(
      `source: '${source}' is not a repository such as projects/…/locations/…/connections/…/repositories/…`,
    );
  if (database !== undefined && !/^https:\/\/[^\s'"$]+$/.test(database))
    throw new Error(`database: '${database}' is not a URL that begins with https://`);
  if (database !== undefined && !tools.grype) throw new Error("grype: is missing, but a database is given for it");
  for (const [tool, image] of Object.entries(tools))
    if (!new RegExp(BY_DIGEST).test(image))
      throw new Error(
        `${tool}: '${image}' names no digest: it runs with the right to sign, so give it as image@sha256:…`,
      );
}
