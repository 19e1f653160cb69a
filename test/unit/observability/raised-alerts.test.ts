// Each alert is raised by a fault in a test on the embedded node, or docs/alerts.md says why it isn't.
import { expect, it } from "vitest";
import { alerts } from "../../../components/observability/alerts.ts";
import { unraisedAlerts } from "../../../docs/generate/unraised-alerts.ts";
import { raisedAlerts } from "../../e2e/raised-alerts.ts";

it("every alert has its fault, or a reason why it has none", () => {
  expect([...raisedAlerts, ...Object.keys(unraisedAlerts)].sort()).toEqual(Object.keys(alerts).sort());
});
