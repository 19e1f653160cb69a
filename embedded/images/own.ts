// What is in our own images, said once: the embedded build and the Dockerfiles both follow it.
import { ownRepositories, ownUid } from "../../components/images.ts";

/** An image of ours. */
export interface OwnImage {
  /** Full name without a tag. */
  repository: string;
  /** Folder of its package in the repository, and its folder below /app. */
  folder: string;
  /** npm workspace whose production dependencies it gets. */
  workspace: string;
  /** Globs below `folder` of the files that it gets. */
  files: readonly string[];
  /** What runs where a manifest says nothing else. */
  command: readonly string[];
}

/** Where it all lives in the image. */
export const app = "/app";

/** Globs that no image of ours holds. */
export const leftOut = ["**/*.test.ts", "**/node_modules/**", "**/Dockerfile"];

/** Ends of names of installed files that only developers' tools read. */
export const pruned = [".map", ".d.ts", ".d.mts", ".d.cts", ".md"];

/** Code that all of them import. */
export const shared = { folder: "api", files: ["**/*.ts", "package.json"] } as const;

/** Environment of all of them. */
export const environment = { NODE_ENV: "production" } as const;

/** User and group of all of them. */
export const user = `${ownUid}:${ownUid}`;

export const ownImages = {
  operator: {
    repository: ownRepositories.operator,
    folder: "operator",
    workspace: "@agentic/operator",
    files: ["**/*.ts", "package.json"],
    command: ["node", "/app/operator/main.ts"],
  },
  agents: {
    repository: ownRepositories.agents,
    folder: "agents",
    workspace: "@agentic/agents",
    files: ["**/*.ts", "package.json"],
    command: ["node", "/app/agents/main.ts"],
  },
  workflowEngine: {
    repository: ownRepositories.workflowEngine,
    folder: "embedded/engine",
    workspace: "@agentic/engine",
    files: ["**/*.ts", "package.json"],
    command: ["node", "/app/embedded/engine/main.ts"],
  },
} as const satisfies Record<string, OwnImage>;

/** The Dockerfile that gives what `image` says. */
export function dockerfile(image: OwnImage, versions: { node: string }): string {
  const { folder, workspace, command } = image;
  const manifests = ["package.json", "package-lock.json", ".npmrc"];
  const packages = ["api", "operator", "agents", "policy", "embedded", "embedded/engine"];
  return `# Made by embedded/images/own.ts, which the embedded build follows too: change it there (see test/unit/images).
# Build from the repository's root: docker build -f ${folder}/Dockerfile -t ${image.repository}:<tag> .
ARG NODE=docker.io/library/node:${versions.node}-bookworm-slim

FROM \${NODE} AS dependencies
WORKDIR ${app}
COPY ${manifests.join(" ")} ./
${packages.map((name) => `COPY ${name}/package.json ${name}/`).join("\n")}
RUN npm ci ${npmArguments(workspace).join(" ")} \\
  && find node_modules */node_modules -type f \\( ${pruned.map((end) => `-name '*${end}'`).join(" -o ")} \\) -delete || true

FROM \${NODE}
WORKDIR ${app}
${Object.entries(environment)
  .map(([key, value]) => `ENV ${key}=${value}`)
  .join("\n")}
COPY --from=dependencies ${app}/node_modules ${app}/node_modules
COPY --exclude=${leftOut.join(" --exclude=")} ${shared.folder} ${app}/${shared.folder}
COPY --exclude=${leftOut.join(" --exclude=")} ${folder} ${app}/${folder}
USER ${user}
CMD ${JSON.stringify(command)}
`;
}

/** How npm installs what one image needs, and nothing that runs at install time. */
export function npmArguments(workspace: string): string[] {
  return ["--omit=dev", "--ignore-scripts", `--workspace=${workspace}`, "--no-audit", "--no-fund"];
}
