// Bodies as they are coded, by the book and not.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, type InputType, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TransientError, UnreadableError } from "../../../agents/core/errors.ts";
import { decodeContent } from "../../../agents/net/content-coding.ts";

const coders: Record<string, (body: InputType) => Buffer> = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
const text = "Hello, hello, hello";
const packed = gzipSync(text);
const decoded = (body: Buffer, header: string) => decodeContent(body, header, 1_000).toString();

/** A gzip header with every optional part: extra field, name, comment, checksum. */
const adorned = Buffer.concat([
  Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7]),
  Buffer.from("name\0comment\0"),
  Buffer.from([0, 0]),
  packed.subarray(10),
]);

describe("a body", () => {
  test("of any codings, one on top of the other, comes out as it went in", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.array(fc.constantFrom(...Object.keys(coders)), { maxLength: 5 }),
        (body, list) => {
          const coded = list.reduce<Buffer>((bytes, coding) => coders[coding]?.(bytes) ?? bytes, Buffer.from(body));
          expect(decodeContent(coded, list.join(", "), 10_000)).toEqual(Buffer.from(body));
        },
      ),
    );
  });
  test.each<[string, Buffer, string]>([
    ["in capitals", packed, "GZIP"],
    ["beside identity", packed, "identity, gzip"],
    ["followed by what is no gzip", Buffer.concat([packed, Buffer.from("garbage")]), "gzip"],
    ["followed by zeros", Buffer.concat([packed, Buffer.alloc(9)]), "gzip"],
    ["in two members", Buffer.concat([gzipSync("Hello, hello"), gzipSync(", hello")]), "gzip"],
    ["with all that a gzip header can hold", adorned, "gzip"],
    ["without its checksum", packed.subarray(0, -8), "gzip"],
    ["bare, where zlib's format was announced", deflateRawSync(text), "deflate"],
    ["as it is, by a name that means nothing", Buffer.from(text), "utf-8"],
    ["as it is, by no name", Buffer.from(text), " , "],
  ])("%s is read", (_, body, header) => expect(decoded(body, header)).toBe(text));

  test.each<[string, Buffer, string]>([
    ["is nothing of the kind", Buffer.from(text), "gzip"],
    ["is damaged", Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)]), "gzip"],
    ["is a bomb", gzipSync(Buffer.alloc(1_000_000)), "gzip"],
    ["is a bomb of many members", Buffer.concat(Array<Buffer>(200).fill(gzipSync("a".repeat(100)))), "gzip"],
    ["is a bomb in a bomb", gzipSync(gzipSync(Buffer.alloc(1_000_000))), "gzip, gzip"],
    ["has more layers than anybody needs", packed, Array(6).fill("gzip").join()],
    ["is of a kind that is not read", packed, "compress"],
  ])("that %s is refused", (_, body, header) => expect(() => decoded(body, header)).toThrow(UnreadableError));

  test.each(Object.keys(coders))("of %s that is cut may come whole another time", (coding) =>
    expect(() => decoded((coders[coding]?.(text) ?? Buffer.alloc(0)).subarray(0, 15), coding)).toThrow(TransientError),
  );
  test("of any bytes ends in a body or in one of these errors", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(...Object.keys(coders)), (bytes, coding) => {
        const body = coding.endsWith("gzip") ? Buffer.concat([packed.subarray(0, 3), bytes]) : Buffer.from(bytes);
        try {
          decodeContent(body, coding, 1_000);
        } catch (error) {
          expect(error).toSatisfy((thrown) => thrown instanceof UnreadableError || thrown instanceof TransientError);
        }
      }),
    );
  });
});
