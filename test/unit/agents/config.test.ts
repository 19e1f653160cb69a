// Settings come from the environment, and every mistake in it is named at once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSecret, readSettings } from "../../../agents/core/config.ts";
import { writeSecrets } from "../../integration/agents/services.ts";
import { agentEnvironment as env } from "./environment.ts";

describe("readSettings", () => {
  test("reads what the template sets", () => {
    const settings = readSettings("scrape", env);
    expect(settings).toMatchObject({
      step: "scrape",
      targetUrls: ["https://a.example/"],
      model: "default",
      allowedHosts: ["site.sample-site:8080", "10.0.0.1"],
      namespace: "tenant-demo",
      run: "4f0c6a52-9f3c-4b0e-8a53-0d6f0c1f7c11",
      reuse: false,
    });
  });
  test("names every mistake", () => {
    const invalid = { ...env, OBJECTIVE: " ", TARGET_URLS: "[1]", ARTIFACT_PREFIX: "job/../other", RUN_ID: "a/b" };
    expect(() => readSettings("cook", invalid)).toThrow(
      /unknown step "cook".*ARTIFACT_PREFIX.*RUN_ID: must consist of letters.*OBJECTIVE is empty: the template parameter objective sets it.*TARGET_URLS: must/s,
    );
    expect(() => readSettings("dom", { ...env, TARGET_URLS: "{" })).toThrow(/TARGET_URLS/);
  });
  test("reads what was changed at the gate, and nothing where there is none", () => {
    expect(readSettings("synthesis", { ...env, GATE_CHANGES: '{"title":"Kettles"}' }).changes).toEqual({
      title: "Kettles",
    });
    expect(readSettings("synthesis", env).changes).toEqual({});
    for (const GATE_CHANGES of ["", "{", "[]", "null", '{"title":1}'])
      expect(() => readSettings("synthesis", { ...env, GATE_CHANGES })).toThrow(
        "GATE_CHANGES: must be a JSON object of texts, as the operator writes it with an approval",
      );
  });
  test("checkpoints of another input are another's", () => {
    const { inputHash } = readSettings("scrape", env);
    expect(readSettings("dom", { ...env, RUN_ID: "another", WORKFLOW: "x/y" }).inputHash).toBe(inputHash);
    expect(readSettings("scrape", { ...env, OBJECTIVE: "Other" }).inputHash).not.toBe(inputHash);
  });
  test("a Workflow that no workload made is a run of its own", () => {
    const { namespace, run } = readSettings("scrape", { ...env, RUN_ID: "" });
    expect({ namespace, run }).toEqual({ namespace: "tenant-demo", run: "7c2d5a10-2b1e-4f0a-9a3e-5b1d2c3e4f50" });
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
