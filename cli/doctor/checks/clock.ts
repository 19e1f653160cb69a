// Whether this machine's clock and the API server's agree: tokens and certificates are judged by it.
import { Transport } from "@agentic/kube/connection/transport.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";

/** Seconds beyond which times in lists are wrong for people; beyond the second, tokens are refused. */
const NOTICED = 5;
const REFUSED = 60;

export const clock: Check = {
  name: "clock",
  asks: "do this machine's clock and the API server's agree?",
  async look({ connection }) {
    const transport = new Transport(connection);
    try {
      const before = Date.now();
      const { headers, body } = await transport.request({ method: "GET", path: "/version" });
      await body.dump();
      const date = Date.parse([headers.date ?? ""].flat()[0] ?? "");
      return Number.isNaN(date) ? [] : skew(date, { before, after: Date.now() }, connection.server);
    } finally {
      await transport.destroy();
    }
  },
};

/** `date`: the server's moment in ms, cut to the second, taken between two moments of this machine. */
export function skew(date: number, { before, after }: { before: number; after: number }, server: string): Finding[] {
  const behind = before - (date + 1_000);
  const ahead = date - after;
  const seconds = Math.round(Math.max(behind, ahead, 0) / 1_000);
  if (seconds < NOTICED) return [];
  const what = `its clock is ${seconds} s ${behind > ahead ? "behind" : "ahead of"} this machine's`;
  const fix = "set both by NTP: `timedatectl status` here, and on the API server's machine";
  return [seconds < REFUSED ? warning(`API server ${server}`, what, fix) : problem(`API server ${server}`, what, fix)];
}
