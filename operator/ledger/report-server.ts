// Answers the month's cost report on the pod's own loopback: who may forward a port of this pod may read what all tenants cost.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { COST_REPORT, MONTH } from "@agentic/api/cost-report.ts";
import type { Ledger } from "./ledger.ts";
import { costReport } from "./report.ts";

export interface ReportServer {
  port: number;
  close(): Promise<void>;
}

/** Listens on the port (0: any free one) of 127.0.0.1. */
export async function serveReports(port: number, ledger: Pick<Ledger, "query">): Promise<ReportServer> {
  const server = createServer(async (request, response) => {
    const answer = (code: number, body: object) =>
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const month = searchParams.get("month") ?? "";
    if (request.method !== "GET" || pathname !== COST_REPORT.path)
      return void answer(404, { error: `the one path is GET ${COST_REPORT.path}?month=YYYY-MM` });
    if (!new RegExp(MONTH).test(month))
      return void answer(400, { error: `month: '${month}' is not a month such as 2026-11` });
    try {
      answer(200, await costReport(ledger, month));
    } catch (error) {
      answer(503, { error: `the ledger can't be asked: ${(error as Error).message}` });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
