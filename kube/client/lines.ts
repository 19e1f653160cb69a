// Lines of bytes that come in pieces.

/** Each whole line, without its end; empty ones and a last one that has no end are left out. */
export async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const tail = chunk.subarray(start, end);
      const line = rest.length > 0 ? Buffer.concat([...rest, tail]) : tail;
      rest = [];
      start = end + 1;
      if (line.length > 0) yield line.toString("utf8");
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
}
