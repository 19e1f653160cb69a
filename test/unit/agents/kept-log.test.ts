// What is kept of a step's log: its beginning and its end, without secrets, in the object store.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readSettings } from "../../../agents/core/config.ts";
import { KeptLines, keepLog } from "../../../agents/core/kept-log.ts";
import { createLog } from "../../../agents/core/log.ts";
import type { ArtifactStore } from "../../../agents/core/store.ts";
import { writeSecrets } from "../../integration/agents/services.ts";
import { agentEnvironment } from "./environment.ts";

const dir = mkdtempSync(join(tmpdir(), "kept-log-"));
writeSecrets(dir, {
  litellm: { "api-key": 'sk-"quoted"-key' },
  browserless: { token: "abc" },
  "object-store": { "access-key": "tenant-demo" },
});
afterAll(() => rmSync(dir, { recursive: true }));

const settings = readSettings("scrape", {
  ...agentEnvironment,
  POD: "kettles-scrape-1",
  ATTEMPT: "2",
  SECRETS_DIR: dir,
});

describe("the lines that are kept", () => {
  test("are all of a short log", () => {
    const lines = new KeptLines();
    for (const line of ["a\n", "b\n"]) lines.add(line);
    expect(lines.text()).toBe("a\nb\n");
  });

  test("are the first and the last of a long one, with the number of those between", () => {
    const lines = new KeptLines({ beginning: 8, end: 8 });
    for (let n = 0; n < 10; n++) lines.add(`n${n}!\n`);
    expect(lines.text()).toBe('n0!\nn1!\n{"level":"warn","msg":"6 lines are left out here"}\nn8!\nn9!\n');
  });

  test("never take more room than there is", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), fc.nat(100), fc.nat(100), (texts, beginning, end) => {
        const lines = new KeptLines({ beginning, end });
        for (const text of texts) lines.add(text);
        const all = texts.join("");
        if (Buffer.byteLength(all) <= beginning) expect(lines.text()).toBe(all);
        expect(Buffer.byteLength(lines.text())).toBeLessThanOrEqual(beginning + end + 80);
      }),
    );
  });
});

describe("the log", () => {
  test("says whose it is, and hides the step's secrets", () => {
    const written: string[] = [];
    createLog(settings, (line) => written.push(line)).info(
      { header: 'Bearer sk-"quoted"-key' },
      "abc is too short to hide",
    );
    expect(written.map((line) => JSON.parse(line))).toEqual([
      {
        level: "info",
        time: expect.any(String),
        jobId: "kettles",
        step: "scrape",
        tenant: "tenant-demo",
        run: settings.run,
        pod: "kettles-scrape-1",
        attempt: 2,
        header: "Bearer (hidden)",
        msg: "abc is too short to hide",
      },
    ]);
  });

  test("is an object of the pod's own, written again only where there is something new", async () => {
    const puts: [string, unknown][] = [];
    const store = { put: async (...[key, body]: Parameters<ArtifactStore["put"]>) => void puts.push([key, body]) };
    const lines = new KeptLines();
    const log = createLog(settings, (line) => lines.add(line));
    log.info("done");
    const object = keepLog(settings, lines, store as unknown as ArtifactStore, log);
    await object.close();
    await object.close();
    expect(puts).toEqual([[`logs/${settings.run}/kettles-scrape-1/main.log`, lines.text()]]);
  });

  test("says once that the store takes nothing, and the step goes on", async () => {
    const store = { put: () => Promise.reject(new Error("no room")) } as unknown as ArtifactStore;
    const lines = new KeptLines();
    const log = createLog(settings, (line) => lines.add(line));
    log.info("done");
    const object = keepLog(settings, lines, store, log);
    await object.close();
    await object.close();
    const warnings = lines
      .text()
      .split("\n")
      .filter((line) => line.includes("can't be kept"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("no room");
  });
});
