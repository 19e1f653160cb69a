// The render of a program that makes more than objects of Kubernetes.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isForeign } from "../../../embedded/deploy/recording.ts";
import type { Registration } from "../../../embedded/deploy/registration.ts";
import { KNOWN_LATER, render } from "../../../embedded/deploy/render.ts";
import { Secret, unknown, type Value } from "../../../embedded/deploy/values.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gke-render-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const registration = (type: string, name: string, inputs: Record<string, Value>) =>
  ({
    urn: `urn:pulumi:s::p::${type}::${name}`,
    type,
    name,
    custom: true,
    inputs,
    dependencies: [],
    provider: "",
  }) as never as Registration;
const object = (kind: string, name: string, more: Record<string, Value>) =>
  registration(`kubernetes:core/v1:${kind}`, name, {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "n" },
    ...more,
  });
const bucket = registration("gcp:storage/bucket:Bucket", "b", { name: "b" });

const nowhere = { namespaceOf: () => undefined, warn: () => {} };

describe("a render of a program that makes more than Kubernetes' objects", () => {
  it("says what is known only after pulumi up, and leaves the rest as it is", () => {
    const files = render(
      [
        bucket,
        object("ConfigMap", "c", { data: { address: unknown, port: "5432" } }),
        object("Secret", "s", { stringData: new Secret(unknown) }),
      ],
      folder,
      nowhere,
    );
    expect(files).toHaveLength(2);
    expect(readFileSync(join(folder, files[0] as string), "utf8")).toContain(`address: ${KNOWN_LATER}\n  port: "5432"`);
    expect(readFileSync(join(folder, files[1] as string), "utf8")).toContain(`${KNOWN_LATER}: ""`);
  });

  it("is an error where nothing else could know the value", () => {
    expect(() => render([object("ConfigMap", "c", { data: { address: unknown } })], folder, nowhere)).toThrow(
      "only a cluster knows",
    );
  });

  it("knows which types are other providers'", () => {
    expect(["gcp:storage/bucket:Bucket", "pulumi:providers:gcp", "command:local:Command"].every(isForeign)).toBe(true);
    expect(
      ["kubernetes:core/v1:Pod", "random:index/randomPassword:RandomPassword", "pulumi:providers:kubernetes"].some(
        isForeign,
      ),
    ).toBe(false);
  });
});
