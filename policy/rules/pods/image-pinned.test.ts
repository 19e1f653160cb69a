import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { imagePinned } from "./image-pinned.ts";

const running = (image: string) => deployment({}, { image });

table(imagePinned, {
  passes: {
    "a version": running("app:1.2"),
    "a digest": running(`app@sha256:${"0".repeat(64)}`),
    "a version at a registry with a port": running("localhost:5000/app:1.2"),
  },
  violates: {
    latest: [running("app:latest"), "'app:latest' may be another image tomorrow"],
    "no tag": [running("app"), "(main).image"],
    "no tag at a registry with a port": [running("localhost:5000/app"), "(main).image"],
    "a branch": [running("app:main"), "(main).image"],
    "a digest that is none": [running("app@sha256:abc"), "(main).image"],
  },
});
