// Where the platform's own images are: scanned, with tags that never move, readable by the nodes.
import { Repository } from "@pulumi/gcp/artifactregistry/repository.js";
import { RepositoryIamMember } from "@pulumi/gcp/artifactregistry/repositoryIamMember.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface ArtifactRegistryArgs extends GcpScope {
  /** Who may pull, by name of the binding, as members of IAM. */
  readers?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Key that encrypts the images; absent: Google's own. */
  kmsKey?: string;
  /** Whether images are scanned for known vulnerabilities. Default true. */
  scanning?: boolean;
  /** Whether a tag stays with its image for ever. Default true. */
  immutableTags?: boolean;
  /** Days after which an image that no tag names is deleted. Default 30. */
  untaggedDays?: number;
}

/** A Docker repository of the platform's own. */
export class ArtifactRegistry extends pulumi.ComponentResource {
  /** What image names begin with, such as `europe-west1-docker.pkg.dev/my-project/agentic`. */
  readonly url: string;
  /** Its id, known once it is there. */
  readonly repository: pulumi.Output<string>;

  constructor(name: string, args: ArtifactRegistryArgs, options?: pulumi.ComponentResourceOptions) {
    const { untaggedDays = 30 } = args;
    checkScope(args);
    checkWholeNumbers({ untaggedDays }, { from: 1 });
    super("agentic:gcp:ArtifactRegistry", name, {}, options);
    const { project, region } = args;
    const repository = new Repository(
      name,
      {
        project,
        location: region,
        repositoryId: args.name,
        description: "Images of the agentic platform",
        format: "DOCKER",
        dockerConfig: { immutableTags: args.immutableTags !== false },
        vulnerabilityScanningConfig: { enablementConfig: args.scanning === false ? "DISABLED" : "INHERITED" },
        ...(args.kmsKey ? { kmsKeyName: args.kmsKey } : {}),
        cleanupPolicies: [
          {
            id: "untagged",
            action: "DELETE",
            condition: { tagState: "UNTAGGED", olderThan: `${untaggedDays * 86_400}s` },
          },
        ],
        labels: gcpLabels(args),
      },
      { parent: this, protect: args.deletionProtection },
    );
    for (const [reader, member] of Object.entries(args.readers ?? {}))
      new RepositoryIamMember(
        `${name}-${reader}`,
        { project, location: region, repository: repository.name, role: "roles/artifactregistry.reader", member },
        { parent: this },
      );
    this.repository = repository.name;
    this.url = `${region}-docker.pkg.dev/${project}/${args.name}`;
    this.registerOutputs({ url: this.url });
  }
}
