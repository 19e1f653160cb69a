// What travels between program and deployer: values, URNs and aliases, durations, and what is taken out of words.
import protocol from "@pulumi/pulumi/proto/alias_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Aliases, nameOf, urnOf } from "../../../embedded/deploy/aliases.ts";
import { seconds } from "../../../embedded/deploy/registration.ts";
import { Scrubber } from "../../../embedded/deploy/scrub.ts";
import {
  decode,
  encode,
  keepSecret,
  type Properties,
  Reference,
  redact,
  reveal,
  Secret,
  some,
  unknown,
  type Value,
} from "../../../embedded/deploy/values.ts";

const keys = fc.string({ minLength: 1 }).filter((key) => key !== "__proto__");
const values = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.string(),
    fc.constant<Value>(unknown),
    fc.record({ urn: fc.string(), id: fc.string() }).map(({ urn, id }) => new Reference(urn, id)),
    tie("value").map((value) => new Secret(value)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
})).value;

test("what is written to the wire is read back the same: secrets, unknown values and references too", () => {
  fc.assert(
    fc.property(fc.dictionary(keys, values, { maxKeys: 5 }), (properties) => {
      expect(decode(encode(properties as Properties))).toEqual({ ...properties });
    }),
  );
});

test("an output value on the wire is its value, secret or unknown", () => {
  const signature = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
  const message = encode({ a: { ...signature, value: "x", secret: true }, b: { ...signature } });
  expect(decode(message)).toEqual({ a: new Secret("x"), b: unknown });
});

test("assets are refused with the path of the field", () => {
  const asset = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text: "x" };
  expect(() => decode(encode({ files: [{ content: asset }] }))).toThrow("files[0].content: assets");
});

test("a number that JSON doesn't have is refused with the path of the field", () => {
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => decode(encode({ spec: { replicas: [1, number] } }))).toThrow(`spec.replicas[1] is ${number}`);
});

test("a secret is shown to nobody who doesn't reveal it", () => {
  const value: Properties = { open: "a", shut: new Secret({ deep: "hidden" }), later: unknown };
  expect(JSON.stringify(value)).not.toContain("hidden");
  expect(redact(value)).toEqual({ open: "a", shut: "[secret]", later: "[unknown]" });
  expect(reveal(value)).toEqual({ open: "a", shut: { deep: "hidden" } });
  expect(some(value, (part) => part === unknown)).toBe(true);
});

test("what was secret in the inputs is secret in the outputs, by path", () => {
  const live = { data: { a: "1", b: "2" }, list: ["x", "y"] };
  expect(keepSecret(live, { data: { a: new Secret("1") }, list: ["x", new Secret("y")] })).toEqual({
    data: { a: new Secret("1"), b: "2" },
    list: ["x", new Secret("y")],
  });
});

test("a URN holds the types of its parents, but not that of the stack", () => {
  const stack = urnOf("p", "s", "pulumi:pulumi:Stack", "p-s", "");
  const group = urnOf("p", "s", "my:x:Group", "group", stack);
  expect(group).toBe("urn:pulumi:s::p::my:x:Group::group");
  const child = urnOf("p", "s", "kubernetes:core/v1:ConfigMap", "a::b", group);
  expect(child).toBe("urn:pulumi:s::p::my:x:Group$kubernetes:core/v1:ConfigMap::a::b");
  expect(nameOf(child)).toBe("a::b");
});

function request(type: string, name: string, parent = "", aliases: protocol.Alias[] = []) {
  const request = new resource.RegisterResourceRequest();
  request.setType(type);
  request.setName(name);
  request.setParent(parent);
  request.setAliasesList(aliases);
  return request;
}

function spec(fields: { name?: string; type?: string; noParent?: boolean }) {
  const inner = new protocol.Alias.Spec();
  inner.setName(fields.name ?? "");
  inner.setType(fields.type ?? "");
  if (fields.noParent) inner.setNoparent(true);
  const alias = new protocol.Alias();
  alias.setSpec(inner);
  return alias;
}

test("a child inherits its parent's former name and type, in its own name too", () => {
  const aliases = new Aliases();
  const parent = request("my:x:New", "new", "", [spec({ name: "old", type: "my:x:Old" })]);
  expect(aliases.of(parent, "p", "s")).toEqual(["urn:pulumi:s::p::my:x:Old::old"]);
  const child = request("kubernetes:core/v1:ConfigMap", "new-map", urnOf("p", "s", "my:x:New", "new", ""));
  expect(aliases.of(child, "p", "s")).toEqual(["urn:pulumi:s::p::my:x:Old$kubernetes:core/v1:ConfigMap::old-map"]);
});

test("a resource that had no parent is found without one", () => {
  const child = request("t:m:T", "one", "urn:pulumi:s::p::my:x:Group::g", [spec({ noParent: true })]);
  expect(new Aliases().of(child, "p", "s")).toEqual(["urn:pulumi:s::p::t:m:T::one"]);
});

test("durations are read as Go writes them, and others are refused", () => {
  expect(seconds("1h30m5s")).toBe(5405);
  expect(seconds("250ms")).toBe(0.25);
  expect(seconds("1.5h")).toBe(5400);
  expect(seconds("+.5s")).toBe(0.5);
  expect(seconds("100us")).toBeCloseTo(0.0001);
  expect(seconds("1µs1ns")).toBeCloseTo(0.000001);
  for (const unbounded of ["", "0", "0s", "-5m"]) expect(seconds(unbounded), unbounded).toBeUndefined();
  for (const duration of ["5", "1d", "-", ".s", "1h 30m"])
    expect(() => seconds(duration), duration).toThrow("is not a duration");
  expect(() => seconds("5 minutes")).toThrow("'5 minutes' is not a duration");
});

test("secrets are taken out of words as they stand, in base64 and inside of JSON", () => {
  const scrubber = new Scrubber();
  scrubber.add({ name: "shown", token: new Secret({ value: 'se"cret.*' }), pin: new Secret("12") });
  const encoded = Buffer.from('se"cret.*').toString("base64");
  expect(scrubber.clean(`shown se"cret.* ${encoded} 12`)).toBe("shown [secret] [secret] 12");
  expect(scrubber.cleanAll({ list: ['x se"cret.* y'] })).toEqual({ list: ["x [secret] y"] });
});
