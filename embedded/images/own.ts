// The content of our own images: the embedded build and the Dockerfiles both follow this description.
import { ownFolders, ownRepositories, ownUid } from "../../components/images.ts";

/** An image of ours. */
export interface OwnImage {
  /** Full name without a tag. */
  repository: string;
  /** Folder of its package in the repository, and its folder below /app. */
  folder: string;
  /** Folders of the source that it gets: those of the packages that it imports, and its own. */
  folders: readonly string[];
  /** npm workspace whose production dependencies it gets. */
  workspace: string;
  /** What runs where a manifest says nothing else. */
  command: readonly string[];
}

/** Where it all lives in the image. */
export const app = "/app";

/** Globs of what an image doesn't get of its folders; all else it gets, as a Dockerfile copies whole folders. */
export const leftOut = ["**/*.test.ts", "**/node_modules/**", "**/Dockerfile"];

/** Ends of names of installed files that only developers' tools read. */
export const pruned = [".map", ".d.ts", ".d.mts", ".d.cts", ".md"];

/** Environment of all of them. */
export const environment = { NODE_ENV: "production" } as const;

/** User and group of all of them. */
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
 * Folders whose node_modules the image gets, besides the root's: npm puts there what differs, for a package that lies in
 * another one's folder perhaps in that one's.
 */
export function moduleFolders(image: OwnImage): string[] {
  return image.folders.flatMap((folder) => {
    const parts = folder.split("/");
    return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
  });
}

/** The Dockerfile that gives what `image` says; its base has Node at the same path and the same user. */
export function dockerfile(image: OwnImage, options: { node: string; workspaces: readonly string[] }): string {
  const { repository, folder, workspace, command } = image;
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  const excludes = leftOut.map((glob) => `--exclude=${glob}`).join(" ");
  const names = pruned.map((end) => `-name '*${end}'`).join(" -o ");
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

/** How npm installs what one image needs, and nothing that runs at install time. */
export function npmArguments(workspace: string): string[] {
  return ["--omit=dev", "--ignore-scripts", `--workspace=${workspace}`, "--no-audit", "--no-fund"];
}
