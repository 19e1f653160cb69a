// Which webhooks the operator posts to, by their URLs and addresses.
import type { LookupAddress, lookup } from "node:dns";
import { describe, expect, it } from "vitest";
import { AddressRefused, isPublicAddress, publicLookup, refuseUrl } from "../../../operator/notify/guard.ts";

describe("the guard", () => {
  it.each(["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::8"])("lets %s pass", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:db8::1",
    "ff02::1",
    "not an address",
  ])("holds %s back", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    ["http://example.com/", "only https"],
    ["https://10.0.0.1/", "not a public address"],
    ["https://[::1]/", "not a public address"],
    ["https://0x7f.1/", "not a public address"],
    ["https://user:pw@example.com/", "user or password"],
  ])("refuses %s", (url, reason) => expect(refuseUrl(new URL(url), [])).toContain(reason));

  it("lets the owner's list pass, by host or by host and port", () => {
    expect(refuseUrl(new URL("http://hooks.demo/"), ["hooks.demo"])).toBeUndefined();
    expect(refuseUrl(new URL("http://hooks.demo/"), ["hooks.demo:80"])).toBeUndefined();
    expect(refuseUrl(new URL("http://hooks.demo:81/"), ["hooks.demo:80"])).toBeDefined();
    expect(refuseUrl(new URL("https://example.com/"), [])).toBeUndefined();
  });

  const lookupWith = (error: Error | null, addresses: LookupAddress[]) =>
    publicLookup(((_: string, __: object, done: (error: Error | null, addresses: LookupAddress[]) => void) =>
      done(error, addresses)) as unknown as typeof lookup);
  const answer = (error: Error | null, addresses: LookupAddress[], all: boolean) =>
    new Promise((resolve, reject) => {
      lookupWith(error, addresses)("example.com", { all }, (refusal, address) =>
        refusal ? reject(refusal) : resolve(address),
      );
    });

  it("refuses names that resolve to one private address among public ones", async () => {
    const mixed = [
      { address: "8.8.8.8", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ];
    await expect(answer(null, mixed, true)).rejects.toThrow(AddressRefused);
    await expect(answer(null, mixed, true)).rejects.toThrow("example.com resolves to 10.0.0.1");
    await expect(answer(null, [], false)).rejects.toThrow("resolves to no address");
    await expect(answer(new Error("ENOTFOUND"), [], false)).rejects.toThrow("ENOTFOUND");
  });

  it("gives public ones in both of lookup's shapes", async () => {
    const addresses = [{ address: "8.8.8.8", family: 4 }];
    expect(await answer(null, addresses, true)).toEqual(addresses);
    expect(await answer(null, addresses, false)).toBe("8.8.8.8");
  });
});
