// robots.txt by RFC 9309.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linesOfRobots, parseRobots } from "../../../agents/net/robots.ts";

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
  test.each([
    // RFC 9309, 2.2.2 and 2.2.3.
    ["/foo/bar/%62%61%7A", "/foo/bar/baz", true],
    ["/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", true],
    ["/path/file-with-a-%2A.html", "/path/file-with-a-*.html", true],
    ["/path/file-with-a-%2A.html", "/path/file-with-a-b.html", false],
    ["/path/foo-%24", "/path/foo-$", true],
    ["/path/foo-%24", "/path/foo-", false],
    ["/a$b", "/a$b/c", true],
    ["/a%2fb", "/a%2Fb", true],
    ["/a%2Fb", "/a/b", false],
    ["/a%3Fb", "/a?b", false],
    ["/%7Euser", "/~user?x=%E0", true],
    ["/100%", "/100%", true],
    ["/a b", "/a%20b", true],
    ["/%FC", "/%fc", true],
    ["/q?x=%26", "/q?x=&", true],
  ])("a rule for %s and the address %s: %s", (rule, path, isForbidden) =>
    expect(robots(`User-agent: *\nDisallow: ${rule}`).allows(path)).toBe(!isForbidden),
  );
  test("the file itself may always be read", () =>
    expect(robots("User-agent: *\nDisallow: /").allows("/robots.txt")).toBe(true));
  test("lines of other kinds end no group, and rules without a name count for nobody", () => {
    const { allows } = robots(
      "Disallow: /none\nUser-agent: AgenticPlatformBot\nCrawl-delay: 3\nSitemap: /x\nUser-agent: *\nDisallow: /a",
    );
    expect([allows("/a"), allows("/none")]).toEqual([false, true]);
  });
  test("lines end in any way", () => {
    for (const end of ["\n", "\r", "\r\n"])
      expect(robots(["User-agent : *", "", "# x", "disallow\t: /a"].join(end)).allows("/a")).toBe(false);
  });
  test("half a megabyte of it counts, without the line that is cut", () => {
    const long = Buffer.from(`${"#\n".repeat(200_000)}Disallow: /a\n`.padEnd(600_000, "Allow: /\n"));
    const lines = Buffer.from(linesOfRobots(long)).toString();
    expect(lines.length).toBeGreaterThan(500 * 1024);
    expect(lines.length).toBeLessThanOrEqual(512 * 1024);
    expect(lines.endsWith("\n")).toBe(true);
    expect(linesOfRobots(Buffer.alloc(600_000))).toHaveLength(0);
  });
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
