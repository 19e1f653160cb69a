// robots.txt by RFC 9309.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRobots } from "../../../agents/net/robots.ts";

const robots = (text: string) => parseRobots(text, "AgenticPlatformBot");

describe("parseRobots", () => {
  test("an empty file allows everything", () => expect(robots("").allows("/x")).toBe(true));
  test("a group for all counts where there is none for us", () => {
    const { allows } = robots("User-agent: *\nDisallow: /private/");
    expect([allows("/private/a"), allows("/privateer"), allows("/")]).toEqual([false, true, true]);
  });
  test("our own group counts alone, whatever case it is written in", () => {
    const { allows } = robots("User-agent: *\nDisallow: /\n\nUser-Agent: agenticplatformbot/1.0\nDisallow: /b # why");
    expect([allows("/a"), allows("/b")]).toEqual([true, false]);
  });
  test("several names share one group, and a name's groups are one", () => {
    const { allows } = robots(
      "User-agent: x\nUser-agent: AgenticPlatformBot\nDisallow: /a\nUser-agent: agenticplatformbot\nDisallow: /b",
    );
    expect([allows("/a"), allows("/b")]).toEqual([false, false]);
  });
  test("the longest match wins, and allow wins a tie", () => {
    const { allows } = robots("User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /c\nAllow: /c");
    expect([allows("/a/x"), allows("/a/b/c"), allows("/c")]).toEqual([false, true, true]);
  });
  test("* and $ are wild", () => {
    const { allows } = robots("User-agent: *\nDisallow: /*.pdf$\nDisallow: /*?session=\nDisallow: /end$");
    expect([allows("/x/y.pdf"), allows("/y.pdf?x"), allows("/a?session=1"), allows("/end"), allows("/ends")]).toEqual([
      false,
      true,
      false,
      false,
      true,
    ]);
  });
  test("an empty disallow forbids nothing, and nonsense is skipped", () =>
    expect(robots("\uFEFFUser-agent: *\r\nDisallow:\r\nwhatever\r\nDisallow: relative").allows("/relative")).toBe(
      true,
    ));
  test("percent-encoding does not matter", () =>
    expect(robots("User-agent: *\nDisallow: /ü").allows("/%C3%BC")).toBe(false));
  test("tells the delay that the site asks for", () => {
    expect(robots("User-agent: *\nCrawl-delay: 2.5\nDisallow: /x").crawlDelay).toBe(2.5);
    expect(robots("User-agent: *\nCrawl-delay: often").crawlDelay).toBe(0);
  });
  test("answers quickly to patterns made to be slow", () => {
    const { allows } = robots(`User-agent: *\nDisallow: /${"*a".repeat(2000)}$`);
    const started = performance.now();
    allows(`/${"a".repeat(1990)}b`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
  test("takes any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), fc.webPath(), (text, path) => {
        expect(typeof robots(text).allows(path)).toBe("boolean");
      }),
    );
  });
});
