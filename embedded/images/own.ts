// Describes the content of the platform's own images, for the embedded build and for the Dockerfiles.
import { ownFolders, ownRepositories, ownUid } from "../../components/images.ts";

/** One of the platform's own images. */
export interface OwnImage {
  /** Full name without a tag. */
  repository: string;
  /** Folder of its package in the repository, and its folder below /app. */
  folder: string;
  /** Folders of source code in it: its own, and those of the packages that it imports. */
  folders: readonly string[];
  /** The npm workspace whose production dependencies are in it. */
  workspace: string;
  /** The command that it runs by default. */
  command: readonly string[];
}

/** The folder of everything in the image. */
export const app = "/app";

/** Globs of files in `folders` that are not in the image; like a Dockerfile, the build copies everything else. */
export const excludedFiles = ["**/*.test.ts", "**/node_modules/**", "**/Dockerfile"];

/** Suffixes of installed files that only developers' tools read; they are not in the image. */
export const prunedSuffixes = [".map", ".d.ts", ".d.mts", ".d.cts", ".md"];

/** Environment variables of all own images. */
export const environment = { NODE_ENV: "production" } as const;

/** User and group of all own images. */
export const user = `${ownUid}:${ownUid}`;

export const ownImages = {
  operator: {
    repository: ownRepositories.operator,
    folder: "operator",
    folders: ownFolders.operator,
    workspace: "@agentic/operator",
    command: ["node", "/app/operator/main.ts"],
  },
  agents: {
    repository: ownRepositories.agents,
    folder: "agents",
    folders: ownFolders.agents,
    workspace: "@agentic/agents",
    command: ["node", "/app/agents/main.ts"],
  },
  workflowEngine: {
    repository: ownRepositories.workflowEngine,
    folder: "embedded/engine",
    folders: ownFolders.workflowEngine,
    workspace: "@agentic/engine",
    command: ["node", "/app/embedded/engine/main.ts"],
  },
  eventReceiver: {
    repository: ownRepositories.eventReceiver,
    folder: "embedded/receiver",
    folders: ownFolders.eventReceiver,
    workspace: "@agentic/receiver",
    command: ["node", "/app/embedded/receiver/main.ts"],
  },
} as const satisfies Record<string, OwnImage>;

/**
 * Folders whose node_modules are in the image, in addition to the root's: npm puts versions that differ from the root's there. For a
 * package inside another one's folder that may be either folder.
 */
export function moduleFolders(image: OwnImage): string[] {
  return image.folders.flatMap((folder) => {
    const parts = folder.split("/");
    return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
  });
}

/** The Dockerfile of an image. Its base has Node.js at the same path as the embedded build, and the same user. */
export function dockerfile(image: OwnImage, options: { node: string; workspaces: readonly string[] }): string {
  const { repository, folder, workspace, command } = image;
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  const excludes = excludedFiles.map((glob) => `--exclude=${glob}`).join(" ");
  const names = prunedSuffixes.map((suffix) => `-name '*${suffix}'`).join(" -o ");
  return `# syntax=docker/dockerfile:1
# The image has the same content as the embedded build's; both follow embedded/images/own.ts (checked by test/unit/images).
# From the repository's root: docker build -f ${folder}/Dockerfile -t ${name} .
ARG NODE=docker.io/library/node:${options.node}-bookworm-slim

FROM \${NODE} AS dependencies
WORKDIR ${app}
COPY package.json package-lock.json .npmrc ./
${options.workspaces.map((path) => `COPY ${path}/package.json ${path}/`).join("\n")}
RUN npm ci ${npmArguments(workspace).join(" ")} \\
 && find . -path '*/node_modules/*' -type f \\( ${names} -o -name .package-lock.json \\) -delete \\
 && mkdir -p ${moduleFolders(image)
   .map((path) => `${path}/node_modules`)
   .join(" ")}

FROM \${NODE}
WORKDIR ${app}
${Object.entries(environment)
  .map(([key, value]) => `ENV ${key}=${value}`)
  .join("\n")}
${["", ...moduleFolders(image).map((path) => `${path}/`)]
  .map((path) => `COPY --from=dependencies ${app}/${path}node_modules ${app}/${path}node_modules`)
  .join("\n")}
${image.folders.map((path) => `COPY ${excludes} ${path} ${app}/${path}`).join("\n")}
USER ${user}
# No entrypoint: that of the base image only runs its arguments.
ENTRYPOINT []
CMD ${JSON.stringify(command)}
`;
}

/** Arguments by which npm installs the dependencies of one image, without running their install scripts. */
export function npmArguments(workspace: string): string[] {
  return ["--omit=dev", "--ignore-scripts", `--workspace=${workspace}`, "--no-audit", "--no-fund"];
}
