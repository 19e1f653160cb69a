// Lines of a step's log as they are shown, read while they come.

export interface LogLine {
  /** The line's number, from 0. */
  n: number;
  level: string;
  at: string;
  text: string;
  /** What else the line says, as JSON; "" if nothing. */
  rest: string;
}

/** Fields that are the same in each line, or shown by themselves. */
const LEFT_OUT = new Set(["level", "severity", "time", "msg", "message", "pid", "hostname"]);

/** A line of JSON in its parts; any other text as it is. */
export function parseLine(line: string, n: number): LogLine {
  try {
    const fields: unknown = JSON.parse(line);
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) {
      const { level, severity, time, msg, message } = fields as Record<string, unknown>;
      const rest = Object.entries(fields).filter(([key]) => !LEFT_OUT.has(key));
      return {
        n,
        level: String(level ?? severity ?? "").toLowerCase(),
        at: typeof time === "number" || typeof time === "string" ? String(time) : "",
        text: String(msg ?? message ?? ""),
        rest: rest.length > 0 ? JSON.stringify(Object.fromEntries(rest)) : "",
      };
    }
  } catch {
    // It isn't JSON: a program that died has said it in words.
  }
  return { n, level: "", at: "", text: line, rest: "" };
}

/** The clock's time of a line's own time: milliseconds since the epoch, or RFC 3339. */
export function clockOf(at: string): string {
  const date = new Date(/^\d+$/.test(at) ? Number(at) : at);
  return at === "" || Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString(undefined, { hour12: false });
}

/** Calls `take` with each whole line of a body as it comes, several at once where several have come. */
export async function readLines(body: ReadableStream<Uint8Array>, take: (lines: string[]) => void): Promise<void> {
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    const whole = lines.filter((line) => line !== "");
    if (whole.length > 0) take(whole);
    if (done) return;
  }
}
