// Makes the pack fast: Pulumi's policy runtime parses a resource's properties again for each policy that looks at it.
import struct from "google-protobuf/google/protobuf/struct_pb.js";

type Parsed = ReturnType<struct.Struct["toJavaScript"]>;

/**
 * Lets each message be parsed once. What the runtime hands to a policy is a copy of its own, so that no policy sees what
 * another does to it.
 */
export function parseOnce(): void {
  const parsed = new WeakMap<struct.Struct, Parsed>();
  const parse = struct.Struct.prototype.toJavaScript;
  struct.Struct.prototype.toJavaScript = function (this: struct.Struct): Parsed {
    const known = parsed.get(this) ?? parse.call(this);
    parsed.set(this, known);
    return known;
  };
}
