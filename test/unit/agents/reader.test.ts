// Reading pages in a thread: a hostile one ends with words, in time, and the next one is read as ever.
import { describe, expect, test } from "vitest";
import { InterruptedError, isTransient } from "../../../agents/core/errors.ts";
import { createReader } from "../../../agents/page/reader.ts";

const page = (html: string) => ({ n: 0, url: "http://x.example/", html, contentType: "text/html" });
const kettle = page("<h1>Kettle</h1><p>Price 12.</p>");

describe("a reader", () => {
  test("gives the prompt and the structure of a page", async () => {
    const reader = createReader(new AbortController().signal);
    expect((await reader.read("prompt", kettle)).prompt).toContain("# Kettle\nPrice 12.");
    expect((await reader.read("structure", kettle)).headings).toEqual([{ level: 1, text: "Kettle" }]);
    await reader.close();
  });

  test("a page that takes too long, or too much memory, is refused for good; the others are read", async () => {
    const big = page("<p class=x>x</p>".repeat(190_000));
    for (const [limits, message] of [
      [{ timeoutMs: 1 }, "the page could not be read within 0.001 s"],
      [{ memoryMiB: 12 }, "the page needs more than 12 MiB of memory to be read"],
    ] as const) {
      const strict = createReader(new AbortController().signal, limits);
      const failing = strict.read("prompt", big);
      await expect(failing).rejects.toThrow(message);
      expect(isTransient(await failing.catch((error: unknown) => error))).toBe(false);
      await strict.close();
    }
    const reader = createReader(new AbortController().signal, { timeoutMs: 3_000 });
    const readings = await Promise.allSettled([reader.read("prompt", big), reader.read("prompt", kettle)]);
    expect(readings.at(-1)).toMatchObject({ status: "fulfilled" });
    await reader.close();
  });

  test("ends at once when the pod has to go", async () => {
    const interrupt = new AbortController();
    const reader = createReader(interrupt.signal);
    const reading = reader.read("prompt", page("<p class=x>x</p>".repeat(190_000)));
    setTimeout(() => interrupt.abort(), 5);
    await expect(reading).rejects.toThrow(InterruptedError);
    await expect(reader.read("prompt", kettle)).rejects.toThrow(InterruptedError);
    await reader.close();
  });
});
