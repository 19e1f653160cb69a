// What `dataProtection` puts on resources: on everything that data can't be had back without, and on nothing else.
import { join } from "node:path";
import { expect, test } from "vitest";
import { nonEmpty } from "../../non-empty.ts";
import { recordProgram } from "./program.ts";
import { config } from "./recorded.ts";

const directory = join(import.meta.dirname, "../../..");

type Kept = Record<"protected" | "retained", string[]>;
const cache = new Map<string, Promise<Kept>>();

/** The program takes a second to run: each configuration is run once. */
function keptResources(dataProtection: string | undefined, profile = "standard"): Promise<Kept> {
  const key = `${dataProtection} ${profile}`;
  const promise = cache.get(key) ?? keptBy(dataProtection, profile);
  cache.set(key, promise);
  return promise;
}

async function keptBy(dataProtection: string | undefined, profile: string): Promise<Kept> {
  const cluster = { kind: "none", apiServerCidrs: ["10.9.0.2/32"] };
  const stackConfig = { ...config("argo"), cluster, profile, ...(dataProtection ? { dataProtection } : {}) };
  const { registrations } = await recordProgram({ directory, stack: "kept", config: stackConfig });
  const names = (option: "protect" | "retainOnDelete") =>
    registrations
      .filter((resource) => resource.custom && resource[option])
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)
      .sort();
  return { protected: names("protect"), retained: names("retainOnDelete") };
}

const data = [
  "RandomPassword minio-root",
  "RandomPassword postgres-argo",
  "RandomPassword postgres-langgraph",
  "RandomPassword postgres-superuser",
  "Secret minio-root",
  "Secret postgres-passwords",
  "StatefulSet minio",
  "StatefulSet postgres",
];
const space = ["LimitRange", "Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccountPatch"];

test("protect is on volumes, their passwords and their namespace: by profile ha, or by name", async () => {
  const kept = await keptResources(undefined, "ha");
  expect(kept.protected).toEqual(expect.arrayContaining(data));
  const others = kept.protected.filter((resource) => !data.includes(resource));
  expect(others.map((resource) => resource.split(" ")[0])).toEqual(space);
  for (const resource of nonEmpty(others)) expect(resource).toContain("shared-services");
  expect(await keptResources("protect")).toEqual(kept);
  expect(kept.retained).toEqual([]);
});

test("retain leaves the same, and nothing is either by default", async () => {
  const { protected: protectedByName } = await keptResources("protect");
  expect(await keptResources("retain")).toEqual({ protected: [], retained: protectedByName });
  expect(await keptResources(undefined)).toEqual({ protected: [], retained: [] });
});
