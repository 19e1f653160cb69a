// A program's log at a collector: each line with its severity, its fields and the span that it is about.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { collectorStream } from "../../../tracing/collector-stream.ts";
import { openLog } from "../../../tracing/program-log.ts";
import { listen, type Running } from "../../integration/agents/services.ts";

interface OtlpLogs {
  resourceLogs: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeLogs: { logRecords: OtlpRecord[] }[];
  }[];
}

interface OtlpRecord {
  timeUnixNano: string;
  severityNumber: number;
  body: { stringValue: string };
  traceId?: string;
  spanId?: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

let collector: Running;
let paths: (string | undefined)[] = [];
let received: OtlpLogs[] = [];

beforeAll(async () => {
  collector = await listen((request, response) => {
    let body = "";
    request.on("data", (data) => {
      body += data;
    });
    request.on("end", () => {
      paths.push(request.url);
      received.push(JSON.parse(body));
      response.end("{}");
    });
  });
});
afterAll(() => collector.stop());
beforeEach(() => {
  paths = [];
  received = [];
});

const records = () =>
  received
    .flatMap(({ resourceLogs }) => resourceLogs.flatMap(({ scopeLogs }) => scopeLogs))
    .flatMap(({ logRecords }) => logRecords);
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

test("a program's lines are at its collector when it has ended", async () => {
  const { log, close } = await openLog({ program: "operator", level: "warn" }, { OTLP_LOGS_URL: `${collector.url}/` });
  log.info("not severe enough");
  log.child({ tenant: "tenant-demo", traceId, spanId }).warn({ attempt: 1 }, "slow");
  await close();
  expect(paths).toEqual(["/v1/logs"]);
  expect(received[0]?.resourceLogs[0]?.resource.attributes).toContainEqual({
    key: "service.name",
    value: { stringValue: "operator" },
  });
  expect(records()).toMatchObject([{ severityNumber: 13, body: { stringValue: "slow" }, traceId, spanId }]);
  expect(records()[0]?.attributes).toEqual([
    { key: "tenant", value: { stringValue: "tenant-demo" } },
    { key: "attempt", value: { intValue: 1 } },
  ]);
});

test("a line has the time at which it was written, and none but a whole context", async () => {
  const stream = collectorStream({ program: "engine", url: collector.url });
  stream.write(JSON.stringify({ level: "error", time: "2026-11-29T20:00:00.000Z", traceId, msg: "lost" }));
  await stream.close();
  const [record] = records();
  expect(record).toMatchObject({ severityNumber: 17, timeUnixNano: String(Date.UTC(2026, 10, 29, 20) * 1e6) });
  expect(record?.traceId || undefined).toBeUndefined();
});

test("nothing is sent where there is no collector, and one that is away holds nobody up", async () => {
  const { log, close } = await openLog({ program: "operator", level: "silent" }, {});
  log.error("printed");
  await close();
  expect(paths).toEqual([]);
  const away = collectorStream({ program: "operator", url: "http://127.0.0.1:9" });
  away.write(JSON.stringify({ level: "info", time: new Date().toISOString(), msg: "lost" }));
  await away.close();
});
