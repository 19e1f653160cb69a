// Writes the Dockerfiles of our own images, which Docker and Cloud Build make too: node embedded/images/write-dockerfiles.ts
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
