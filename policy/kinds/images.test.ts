// Images' names are read as container runtimes read them.
import { expect, test } from "vitest";
import { fullName, isUnpinned } from "./images.ts";

test.each([
  ["nginx", "docker.io/library/nginx"],
  ["docker.io/nginx:1", "docker.io/library/nginx"],
  ["index.docker.io/library/nginx", "docker.io/library/nginx"],
  ["natsio/nats", "docker.io/natsio/nats"],
  ["GHCR.io/a/b:1", "ghcr.io/a/b"],
  ["REGISTRY/a", "registry/a"],
  ["localhost:5000/a:1@sha256:0", "localhost:5000/a"],
])("%s is %s", (image, name) => expect(fullName(image)).toBe(name));

test.each([
  ["localhost:5000/a", true],
  ["a:Latest", true],
  ["a:1.2", false],
  [`a:latest@sha256:${"0".repeat(64)}`, false],
  [`a@sha512:${"0".repeat(128)}`, false],
  ["a@sha256:0", true],
])("whether %s may become another image: %s", (image, moves) => expect(isUnpinned(image)).toBe(moves));
