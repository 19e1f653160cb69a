// The address guard's heart: which addresses belong to whom.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKind } from "../../../agents/net/addresses.ts";
import { createGuard } from "../../../agents/net/guard.ts";

describe("addressKind", () => {
  test.each(["93.184.216.34", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e"])(
    "%s is public",
    (address) => expect(addressKind(address)).toBe("public"),
  );
  test.each(["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "fd12::1"])(
    "%s is private",
    (address) => expect(addressKind(address)).toBe("private"),
  );
  test.each([
    "0.0.0.0",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "192.0.2.1",
    "198.19.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "fd00:ec2::254",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:db8::1",
    "2001::1",
    "no address",
    "",
  ])("%s is never a page's", (address) => expect(addressKind(address)).toBe("never"));

  test("every IPv4 address in IPv6's clothes is refused", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(addressKind(`::ffff:${address}`)).toBe("never");
      }),
    );
  });
});

describe("the guard", () => {
  const names: Record<string, string[]> = {
    "good.example": ["93.184.216.34", "2606:4700::1111"],
    "inside.example": ["10.1.2.3"],
    "mixed.example": ["93.184.216.34", "127.0.0.1"],
    "site.sample-site": ["10.96.0.7"],
    "metadata.example": ["169.254.169.254"],
    "empty.example": [],
  };
  const guard = createGuard(
    ["site.sample-site:8080", "metadata.example", "10.9.9.9", "[fd00:1::5]:80", "127.0.0.1:9000"],
    (name) => Promise.resolve(names[name] ?? []),
  );
  const addresses = (host: string, port = "80") => guard.addresses(host, port);

  test("lets public sites through, all their addresses", async () =>
    expect(await addresses("Good.Example.")).toEqual(["93.184.216.34", "2606:4700::1111"]));
  test("refuses private addresses and says how to allow them", async () =>
    await expect(addresses("inside.example")).rejects.toThrow(
      "inside.example (10.1.2.3) is a private address; add the site",
    ));
  test("refuses a name with one bad address among good ones", async () =>
    await expect(addresses("mixed.example")).rejects.toThrow(/loopback/));
  test("lets an allowed site have a private address, on its port only", async () => {
    expect(await addresses("site.sample-site", "8080")).toEqual(["10.96.0.7"]);
    await expect(addresses("site.sample-site", "9090")).rejects.toThrow(/private/);
  });
  test("refuses metadata addresses even to an allowed name", async () =>
    await expect(addresses("metadata.example")).rejects.toThrow(/metadata/));
  test("refuses addresses in URLs, unless exactly they are allowed", async () => {
    await expect(addresses("10.9.9.8")).rejects.toThrow("10.9.9.8 is a private address");
    await expect(addresses("[::1]")).rejects.toThrow(/loopback/);
    expect(await addresses("10.9.9.9", "1234")).toEqual(["10.9.9.9"]);
    expect(await addresses("[fd00:1::5]", "80")).toEqual(["fd00:1::5"]);
    expect(await addresses("127.0.0.1", "9000")).toEqual(["127.0.0.1"]);
    await expect(addresses("127.0.0.1", "9001")).rejects.toThrow(/loopback/);
  });
  test("says that a name has no address", async () =>
    await expect(addresses("empty.example")).rejects.toThrow("empty.example has no address"));
  test.each(["ftp://x.example/", "file:///etc/passwd", "javascript:alert(1)", "http://user:pw@x.example/", "no url"])(
    "refuses %s",
    (url) => expect(() => guard.checkUrl(url)).toThrow(),
  );
  test("reads odd spellings of loopback as what they are", async () => {
    for (const url of ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/"])
      await expect(addresses(guard.checkUrl(url).hostname)).rejects.toThrow(/loopback/);
  });
});
