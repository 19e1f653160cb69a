// Our own images for a local cluster: built by Docker from their Dockerfiles, loaded, and known by a hash of their content.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { Command } from "@pulumi/command/local/command.js";
import * as pulumi from "@pulumi/pulumi";
import { ownFolders, ownRepositories, programBuild } from "../images.ts";
import { withVariables } from "./local/shell.ts";

/** One of our own images: a key of the config's `images`. */
export type OwnImageName = keyof typeof ownRepositories;

/** Files of the repository's root that decide what is installed. */
const manifests = ["package.json", "package-lock.json", ".npmrc"];

/** Where an image's Dockerfile is, relative to the repository. */
const dockerfileOf = (name: OwnImageName): string => `${ownFolders[name].at(-1)}/Dockerfile`;

/**
 * Reference of an image whose tag is a hash of what it is built from: the same content has the same name on every machine, and
 * what runs is never another content under a name that was seen before.
 *
 * @param root folder of the repository
 */
export function ownImage(root: string, name: OwnImageName): string {
  const hash = createHash("sha256");
  const files = [...manifests, ...programBuild, ...ownFolders[name].flatMap((folder) => filesOf(root, folder))];
  for (const file of files)
    hash.update(
      `${file}\0${createHash("sha256")
        .update(readFileSync(join(root, file)))
        .digest("hex")}\0`,
    );
  return `${ownRepositories[name]}:src-${hash.digest("hex").slice(0, 20)}`;
}

function filesOf(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((file) => !file.split(sep).includes("node_modules") && !file.endsWith(".test.ts"))
    .sort();
}

export interface LocalImagesArgs {
  /** Folder of the repository. */
  root: string;
  tool: "kind" | "k3d";
  /** Name of the cluster. */
  cluster: string;
  /** Id of the cluster, which a new one of the same name does not share: that one has no images yet. */
  clusterId: pulumi.Input<string>;
  /** What is built, each with its reference. */
  images: Partial<Record<OwnImageName, string>>;
}

/** Builds the images and loads them into the cluster of kind or k3d. */
export class LocalImages extends pulumi.ComponentResource {
  /** What must be there before a pod starts. */
  readonly loaded: pulumi.Resource[];

  constructor(name: string, args: LocalImagesArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:LocalImages", name, {}, options);
    this.loaded = Object.entries(args.images).map(([image, reference]) => {
      const build = new Command(
        `${name}-${image}-build`,
        {
          dir: args.root,
          create: withVariables(
            { IMAGE: reference, DOCKERFILE: dockerfileOf(image as OwnImageName) },
            'set -eu\ndocker build --file "$DOCKERFILE" --tag "$IMAGE" . >&2',
          ),
          triggers: [reference],
        },
        { parent: this },
      );
      return new Command(
        `${name}-${image}-load`,
        {
          create: withVariables({ IMAGE: reference, NAME: args.cluster }, loads[args.tool]),
          triggers: [reference, args.clusterId],
        },
        { parent: this, dependsOn: build, deletedWith: options?.deletedWith },
      );
    });
    this.registerOutputs({});
  }
}

const loads = {
  kind: 'set -eu\nkind load docker-image --name "$NAME" "$IMAGE" >&2',
  k3d: 'set -eu\nk3d image import --cluster "$NAME" "$IMAGE" >&2',
} as const;
