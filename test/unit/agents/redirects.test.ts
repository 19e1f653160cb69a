// What leads from one page to the next besides a Location: refreshes, and the cookies that a site asks back.
import { describe, expect, test } from "vitest";
import { Cookies } from "../../../agents/net/cookies.ts";
import { metaRefresh, refreshTarget } from "../../../agents/net/refresh.ts";

describe("a refresh", () => {
  test.each([
    ["0; url=/a", "/a"],
    ["0;URL='/a'", "/a"],
    ['1.5 , url = "/a b" rest', "/a b"],
    [".5; /a", "/a"],
    ["0 /a", "/a"],
    ["0;url=/a;b=c", "/a;b=c"],
    ["5; url=/a", "/a"],
    ["6; url=/a", undefined],
    ["0", undefined],
    ["0;", undefined],
    ["0; url=", undefined],
    ["url=/a", undefined],
    ["soon; url=/a", undefined],
  ])("%j leads to %s", (text, target) => expect(refreshTarget(text)).toBe(target));

  test.each([
    ["<meta http-equiv=refresh content='0;url=/a'>", "/a"],
    ["<META HTTP-EQUIV='Refresh' CONTENT='0;URL=/a?b&amp;c'>", "/a?b&c"],
    ["<meta http-equiv=refresh content=60><meta http-equiv=refresh content='0;url=/b'>", "/b"],
    ["<noscript><meta http-equiv=refresh content='0;url=/a'></noscript>", undefined],
    ["<script>'<meta http-equiv=refresh content=\"0;url=/a\">'</script>", undefined],
    ["<!-- <meta http-equiv=refresh content='0;url=/a'> -->", undefined],
    ["<body><meta http-equiv=refresh content='0;url=/a'>", undefined],
    ["<meta name=refresh content='0;url=/a'>", undefined],
  ])("of the page %j leads to %s", (page, target) => expect(metaRefresh(page)).toBe(target));
});

describe("a cookie", () => {
  const from = new URL("https://a.example/shop/start");
  const redirect = (set: string | string[], to: string) => {
    const cookies = new Cookies();
    cookies.store(from, set);
    return cookies.headerFor(new URL(to));
  };
  test.each([
    ["a=1", "https://a.example/shop/x", "a=1"],
    ["a=1", "https://a.example/other", ""],
    ["a=1; Path=/", "https://a.example/other", "a=1"],
    ["a=1; Path=/shop", "https://a.example/shopping", ""],
    ["a=1; Path=/; Domain=example", "https://b.example/", ""],
    ["a=1; Path=/; Secure", "http://a.example/", ""],
    ["a=1; Path=/; Max-Age=0", "https://a.example/", ""],
    ["a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://a.example/", ""],
  ])("%j goes with %s as %j", (set, to, header) => expect(redirect(set, to)).toBe(header));
  test("that is too long is left out", () =>
    expect(redirect(`a=${"x".repeat(5_000)}`, "https://a.example/shop/x")).toBe(""));
  test("is replaced and taken back by its name", () => {
    expect(redirect(["a=1", "b=2", "a=3"], "https://a.example/shop/x")).toBe("a=3; b=2");
    expect(redirect(["a=1", "b=2", "a=; Max-Age=0"], "https://a.example/shop/x")).toBe("b=2");
  });
});
