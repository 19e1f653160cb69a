// Makes the pack fast: Pulumi's policy runtime parses a resource's properties again for each policy that looks at it.
import struct from "google-protobuf/google/protobuf/struct_pb.js";

type Parsed = ReturnType<struct.Struct["toJavaScript"]>;

/**
 * Caches each parsed message. The runtime gives every policy its own copy, so that no policy sees another's changes.
 */
export function parseOnce(): void {
  const parsed = new WeakMap<struct.Struct, Parsed>();
  const parse = struct.Struct.prototype.toJavaScript;
  struct.Struct.prototype.toJavaScript = function (this: struct.Struct): Parsed {
    const result = parsed.get(this) ?? parse.call(this);
    parsed.set(this, result);
    return result;
  };
}
