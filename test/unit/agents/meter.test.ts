// What a step measures of itself: calls and tokens by model, time with a browser, processor time, memory.
import { expect, test } from "vitest";
import { Meter } from "../../../agents/core/meter.ts";

test("answered calls are summed by model, with the tokens that the gateway counted", () => {
  const meter = new Meter();
  meter.modelAnswered("default", { prompt_tokens: 100, completion_tokens: 20 });
  meter.modelAnswered("default", { prompt_tokens: 1, completion_tokens: 2 });
  meter.modelAnswered("other", undefined);
  meter.modelAnswered("other", { prompt_tokens: "many", completion_tokens: -1 });
  expect(meter.read().models).toEqual({
    default: { calls: 2, input: 101, output: 22 },
    other: { calls: 2, input: 0, output: 0 },
  });
});

test("a browser's time counts while its session is open, also after a session was lost", () => {
  const meter = new Meter();
  expect(meter.read(50).browserMs).toBeUndefined();
  meter.browserOpened(100);
  expect(meter.read(300).browserMs).toBe(200);
  meter.browserClosed(400);
  expect(meter.read(900).browserMs).toBe(300);
  meter.browserOpened(1000);
  expect(meter.read(1500).browserMs).toBe(800);
});

test("processor time and memory are the process's own", () => {
  const { cpuMs, memoryBytes } = new Meter().read();
  expect(cpuMs).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(20 * 2 ** 20);
});
