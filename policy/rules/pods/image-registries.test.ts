// What policy image-registries lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { imageRegistries } from "./image-registries.ts";

const running = (image: string) => deployment({}, { image });

table(imageRegistries, {
  passes: {
    "the platform's own": running("localhost/agentic-platform/operator:1"),
    "any repository in Artifact Registry": running("europe-west4-docker.pkg.dev/project/platform/operator:1"),
    "Docker Hub's library by its short name": running("postgres:15-bookworm"),
    "one that is on the list": running("registry.example.com/team/app:1"),
  },
  violates: {
    "anybody's": [running("ghcr.io/stranger/app:1"), "not on the list"],
    "anybody's, as a volume": [
      deployment({ volumes: [{ name: "v", image: { reference: "ghcr.io/stranger/model:1.2" } }] }),
      "volumes[0].image.reference",
    ],
    "a name that only begins like one": [running("localhost/agentic-platform-evil/app:1"), "not on the list"],
    "Docker Hub's users": [running("stranger/app:1"), "not on the list"],
  },
  settings: { "one that is on the list": { registries: ["registry.example.com/team"] } },
});
