// Writes the Dockerfiles of the platform's own images, for Docker and Cloud Build: node embedded/images/write-dockerfiles.ts
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dockerfile, ownImages } from "./own.ts";
import { nodeVersion, root } from "./recipes/bases.ts";
import { workspaces } from "./recipes/own.ts";

for (const image of Object.values(ownImages))
  writeFileSync(
    join(root, image.folder, "Dockerfile"),
    dockerfile(image, { node: nodeVersion(), workspaces: workspaces() }),
  );
