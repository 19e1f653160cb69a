// Describes the content of the platform's own images, for the embedded build and for the Dockerfiles.
import { ownFolders, ownRepositories, ownUid, programBuild } from "../../components/images.ts";

/** One of the platform's own images. */
export interface OwnImage {
  /** Full name without a tag. */
  repository: string;
  /** Folder of its package in the repository, and its folder below /app. */
  folder: string;
  /** Folders of source code that it is made of: its own, and those of the packages that it imports. */
  folders: readonly string[];
  /** Files of its folder that can be run, without their suffix. */
  programs: readonly string[];
  /** The command that it runs by default. */
  command: readonly string[];
  /** Folder of the pages for browsers that it serves, which Vite builds to `dist` in the same folder below /app. */
  pages?: string;
}

/** The folder of everything in the image. */
export const app = "/app";

/** Globs of files in `folders` that no program is made of. */
export const excludedFiles = ["**/*.test.ts", "**/node_modules/**", "**/dist/**", "**/Dockerfile"];

/** Environment variables of all own images. */
export const environment = { NODE_ENV: "production" } as const;

/** User and group of all own images. */
export const user = `${ownUid}:${ownUid}`;

export const ownImages = {
  operator: {
    repository: ownRepositories.operator,
    folder: "operator",
    folders: ownFolders.operator,
    programs: ["main"],
    command: ["node", "/app/operator/main.mjs"],
  },
  agents: {
    repository: ownRepositories.agents,
    folder: "agents",
    folders: ownFolders.agents,
    programs: ["main", "serve"],
    command: ["node", "/app/agents/main.mjs"],
  },
  workflowEngine: {
    repository: ownRepositories.workflowEngine,
    folder: "embedded/engine",
    folders: ownFolders.workflowEngine,
    programs: ["main"],
    command: ["node", "/app/embedded/engine/main.mjs"],
  },
  eventReceiver: {
    repository: ownRepositories.eventReceiver,
    folder: "embedded/receiver",
    folders: ownFolders.eventReceiver,
    programs: ["main"],
    command: ["node", "/app/embedded/receiver/main.mjs"],
  },
  console: {
    repository: ownRepositories.console,
    folder: "console",
    folders: ownFolders.console,
    programs: ["main"],
    command: ["node", "/app/console/main.mjs"],
    pages: "console/pages",
  },
} as const satisfies Record<string, OwnImage>;

/** The Dockerfile of an image. Its base has Node.js at the same path as the embedded build, and the same user. */
export function dockerfile(image: OwnImage, options: { node: string; workspaces: readonly string[] }): string {
  const { repository, folder, folders, command } = image;
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  const excludes = excludedFiles.map((glob) => `--exclude=${glob}`).join(" ");
  const lines = <T>(items: readonly T[], line: (item: T) => string) => items.map(line).join("\n");
  return `# syntax=docker/dockerfile:1
# The image has the same content as the embedded build's; both follow embedded/images/own.ts (checked by test/unit/images).
# From the repository's root: docker build -f ${folder}/Dockerfile -t ${name} .
ARG NODE=docker.io/library/node:${options.node}-bookworm-slim

FROM \${NODE} AS program
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
${lines(options.workspaces, (path) => `COPY ${path}/package.json ${path}/`)}
RUN npm ci --ignore-scripts --no-audit --no-fund
${lines(programBuild, (path) => `COPY ${path} ${path}`)}
${lines(folders, (path) => `COPY ${excludes} ${path} ${path}`)}
RUN node ${programBuild.at(-1)} ${folder} ${app}

FROM \${NODE}
WORKDIR ${app}
${lines(Object.entries(environment), ([key, value]) => `ENV ${key}=${value}`)}
COPY --from=program ${app} ${app}
USER ${user}
# No entrypoint: that of the base image only runs its arguments.
ENTRYPOINT []
CMD ${JSON.stringify(command)}
`;
}
