// What policy image-pinned lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { imagePinned } from "./image-pinned.ts";

const running = (image: string) => deployment({}, { image });

table(imagePinned, {
  passes: {
    "a version": running("app:1.2"),
    "a version with its base": running("postgres:15.19-bookworm"),
    "a hash of the content": running("app:2be67e681667"),
    "a date": running("app:20251128"),
    "a whole major version with its digest": running(`postgres:15-bookworm@sha256:${"0".repeat(64)}`),
    "a digest": running(`app@sha256:${"0".repeat(64)}`),
    "a digest where each must have one": running(`app:1.2@sha256:${"0".repeat(64)}`),
    "a version at a registry with a port": running("localhost:5000/app:1.2"),
  },
  violates: {
    "latest of a volume": [
      deployment({ volumes: [{ name: "v", image: { reference: "app:latest" } }] }),
      "spec.template.spec.volumes[0].image.reference: 'app:latest' may become another image",
    ],
    latest: [running("app:latest"), "'app:latest' may become another image"],
    "no tag": [running("app"), "(main).image"],
    "no tag at a registry with a port": [running("localhost:5000/app"), "(main).image"],
    "a whole major version": [running("postgres:15"), "'postgres:15' may become another image"],
    "a whole major version with its base": [running("postgres:15-bookworm"), "(main).image"],
    "a whole major version with a v": [running("app:v2"), "(main).image"],
    "a branch": [running("app:main"), "(main).image"],
    "an invalid digest": [running("app@sha256:abc"), "(main).image"],
    "a version where each must have a digest": [running("app:1.2"), "'app:1.2' has no digest"],
  },
  settings: {
    "a digest where each must have one": { digests: true },
    "a version where each must have a digest": { digests: true },
  },
});
