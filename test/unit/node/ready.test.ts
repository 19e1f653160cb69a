// Waiting for a node while the machine's clock is set.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { identify, type ProcessId } from "../../../embedded/node/host.ts";
import { type Instance, makeInstance } from "../../../embedded/node/instance.ts";
import { until } from "../../../embedded/node/ready.ts";

const saved = process.env.XDG_STATE_HOME;
let folder: string;
let instance: Instance;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ready-"));
  process.env.XDG_STATE_HOME = folder;
  instance = makeInstance("one", undefined, () => true);
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
  if (saved === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = saved;
  rmSync(folder, { recursive: true });
});

const patience = (ms: number) => ({
  instance,
  record: { process: identify(process.pid) as ProcessId, config: "", bin: "", whole: false },
  deadline: performance.now() + ms,
});

test.each([86_400_000, -86_400_000])("a clock that jumps by %i ms ends no wait", async (jump) => {
  let requests = 0;
  await until("what comes", patience(60_000), async () => {
    vi.setSystemTime(Date.now() + jump);
    return ++requests === 3;
  });
  expect(requests).toBe(3);
});

test("a wait ends in its time whatever the clock says", async () => {
  await expect(
    until("what never comes", patience(100), async () => {
      vi.setSystemTime(Date.now() - 86_400_000);
      return false;
    }),
  ).rejects.toThrow("what never comes did not become ready in time");
});
