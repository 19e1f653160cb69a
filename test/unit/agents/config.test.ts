// Settings come from the environment, and every mistake in it is named at once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSecret, readSettings, runOf } from "../../../agents/core/config.ts";
import { writeSecrets } from "../../integration/agents/services.ts";

const env = {
  JOB_ID: "kettles",
  OBJECTIVE: "Compare",
  TARGET_URLS: '["https://a.example/"]',
  BUCKET: "artifacts",
  ARTIFACT_PREFIX: "job_kettles",
  BROWSERLESS_URL: "ws://b:3000",
  LITELLM_URL: "http://l:4000",
  OBJECT_STORE_URL: "http://m:9000",
  POSTGRES_DSN: "postgresql://langgraph@p:5432/langgraph",
  ALLOWED_HOSTS: "Site.sample-site:8080, ,10.0.0.1",
  RUN_ID: "tenant-demo/kettles-0a1b2c3d-r2",
};

describe("readSettings", () => {
  test("reads what the template sets", () => {
    const settings = readSettings("scrape", env);
    expect(settings).toMatchObject({
      step: "scrape",
      targetUrls: ["https://a.example/"],
      model: "default",
      allowedHosts: ["site.sample-site:8080", "10.0.0.1"],
      namespace: "tenant-demo",
      run: "kettles-0a1b2c3d",
      reuse: false,
    });
  });
  test("names every mistake", () => {
    const wrong = { ...env, OBJECTIVE: " ", TARGET_URLS: "[1]", ARTIFACT_PREFIX: "job/../other" };
    expect(() => readSettings("cook", wrong)).toThrow(
      /unknown step "cook".*ARTIFACT_PREFIX.*OBJECTIVE is empty: the template parameter objective sets it.*TARGET_URLS: must/s,
    );
    expect(() => readSettings("dom", { ...env, TARGET_URLS: "{" })).toThrow(/TARGET_URLS/);
  });
  test("checkpoints of another input are another's", () => {
    const { inputHash } = readSettings("scrape", env);
    expect(readSettings("dom", { ...env, RUN_ID: "x/y" }).inputHash).toBe(inputHash);
    expect(readSettings("scrape", { ...env, OBJECTIVE: "Other" }).inputHash).not.toBe(inputHash);
  });
  test("retries of a run are the same run", () => {
    expect(runOf("kettles-0a1b2c3d-r12")).toBe(runOf("kettles-0a1b2c3d"));
    expect(runOf("kettles-ffffffff")).not.toBe(runOf("kettles-0a1b2c3d"));
  });
});

describe("readSecret", () => {
  let dir: string;
  beforeAll(() => {
    dir = writeSecrets(mkdtempSync(join(tmpdir(), "secrets-")), { postgres: { password: "hush" } });
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test("reads a mounted file without the line's end", () =>
    expect(readSecret(readSettings("scrape", { ...env, SECRETS_DIR: dir }), "postgres", "password")).toBe("hush"));
  test("says which Secret lacks which key", () =>
    expect(() => readSecret(readSettings("scrape", { ...env, SECRETS_DIR: dir }), "litellm", "api-key")).toThrow(
      /litellm\/api-key is missing: the tenant's Secret "litellm" must hold the key "api-key"/,
    ));
});
