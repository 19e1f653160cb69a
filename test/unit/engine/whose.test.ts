// Lines of the engine's log say whose run they are about.
import { expect, test } from "vitest";
import { whoseIs } from "../../../embedded/engine/controller/whose.ts";
import { buildWorkflow } from "../../../operator/decide/workflow.ts";
import { workload } from "../operator/observed.ts";

test("a workload's run is known by its tenant, job, attempt and trace", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";
  const parameters = [{ name: "traceparent", value: `00-${traceId}-${spanId}-01` }];
  const workflow = buildWorkflow(workload({ jobId: "J-1" }), { attempt: 2, parameters });
  expect(whoseIs(workflow as never)).toEqual({ tenant: "tenant-demo", jobId: "J-1", attempt: 2, traceId, spanId });
});

test("another workflow has its namespace alone", () => {
  const workflow = { metadata: { name: "a", namespace: "ns" }, spec: {} };
  expect(whoseIs(workflow as never)).toEqual({ tenant: "ns" });
});
