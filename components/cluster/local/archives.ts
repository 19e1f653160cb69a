// Archives of images that are loaded into a local cluster.
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { Command } from "@pulumi/command/local/command.js";
import { Command as RemoteCommand } from "@pulumi/command/remote/command.js";
import { CopyToRemote } from "@pulumi/command/remote/copyToRemote.js";
import type * as inputs from "@pulumi/command/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { checkArchive, importImages, privateFolder } from "./k3s-scripts.ts";
import { withVariables } from "./shell.ts";

export interface ImageArchivesArgs {
  tool: "kind" | "k3d" | "k3s";
  /** Name of the cluster. */
  cluster: string;
  /** Id of the cluster: a new cluster of the same name has another id, and no images yet. */
  clusterId: pulumi.Input<string>;
  /** Paths of archives as `docker save` writes them. */
  archives: readonly string[];
  /** The machine with k3s, where it is another one. */
  connection?: inputs.remote.ConnectionArgs;
}

/** Loads the archives; an archive that has changed is loaded again. */
export class ImageArchives extends pulumi.ComponentResource {
  /** The resources that load the archives, which pods depend on. */
  readonly loaded: pulumi.Resource[];

  constructor(name: string, args: ImageArchivesArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:ImageArchives", name, {}, options);
    this.loaded = args.archives.map((archive) => {
      const path = resolve(archive);
      const { size, mtimeMs } = statSync(path);
      const childName = `${name}-${basename(archive)}`;
      // Archives are large: their content isn't read to find out whether it changed.
      const triggers = [path, size, Math.trunc(mtimeMs), args.clusterId];
      const child = { parent: this };
      if (args.connection) return overSsh(childName, { path, triggers, connection: args.connection }, child);
      const create = withVariables({ ARCHIVE: path, NAME: args.cluster }, loadScripts[args.tool]);
      return new Command(childName, { create, triggers }, child);
    });
    this.registerOutputs({});
  }
}

/** An archive that is copied to another machine and loaded there. */
interface RemoteArchive {
  /** Path of the archive on this machine. */
  path: string;
  /** The archive is loaded again when one of them changes. */
  triggers: readonly pulumi.Input<string | number>[];
  connection: inputs.remote.ConnectionArgs;
}

function overSsh(
  name: string,
  { path, triggers, connection }: RemoteArchive,
  child: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  const source = new pulumi.asset.FileAsset(path);
  const rerun = { triggers: [...triggers] };
  const local = withVariables({ ARCHIVE: path }, "sha256sum \"$ARCHIVE\" | cut -d ' ' -f 1");
  const sum = new Command(`${name}-checksum`, { create: local, ...rerun }, child);
  const folder = new RemoteCommand(`${name}-folder`, { connection, create: privateFolder, ...rerun }, child);
  const remotePath = pulumi.interpolate`${folder.stdout}/images.tar`;
  const copy = new CopyToRemote(`${name}-copy`, { connection, source, remotePath, ...rerun }, child);
  const create = pulumi
    .all([remotePath, folder.stdout, sum.stdout])
    .apply(([ARCHIVE, FOLDER, SHA256]) =>
      withVariables(
        { ARCHIVE, FOLDER, SHA256 },
        [`trap 'rm -rf "$FOLDER"' EXIT`, checkArchive, importImages].join("\n"),
      ),
    );
  return new RemoteCommand(name, { connection, create, ...rerun }, { ...child, dependsOn: copy });
}

const loadScripts = {
  kind: 'set -eu\nkind load image-archive --name "$NAME" "$ARCHIVE" >&2',
  k3d: 'set -eu\nk3d image import --cluster "$NAME" "$ARCHIVE" >&2',
  k3s: importImages,
} as const;
