// What policy volume-size lets pass, and what violates it.
import { quantity } from "@agentic/api/quantities.ts";
import { expect, test } from "vitest";
import { deployment, object, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { volumeSize } from "./volume-size.ts";

const spec = (storage?: string) => ({ spec: { resources: { requests: { storage } } } });

table(volumeSize, {
  passes: {
    "a size": object("PersistentVolumeClaim", spec("10Gi")),
    "a set's": object("StatefulSet", { spec: { volumeClaimTemplates: [spec("10Gi")] } }),
    "a large one that was thought of": object("PersistentVolumeClaim", spec("1Ti")),
  },
  violates: {
    none: [object("PersistentVolumeClaim", spec()), "spec.resources.requests.storage: missing"],
    "too large a volume that comes and goes with a pod": [
      deployment({ volumes: [{ name: "v", ephemeral: { volumeClaimTemplate: spec("1Ti") } }] }),
      "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests.storage",
    ],
    "too large a volume of a workflow": [
      workflow({ volumeClaimTemplates: [spec("1Ti")] }),
      "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
    ],
    "too large a volume": [
      object("StatefulSet", { spec: { volumeClaimTemplates: [spec("1Ti")] } }),
      "spec.volumeClaimTemplates[0].spec.resources.requests.storage: 1Ti is more than 100Gi",
    ],
  },
  settings: { "a large one that was thought of": { maxSize: "2Ti" } },
});

test("quantities are read in their units", () => {
  expect([quantity("1Ki"), quantity("2G"), quantity("1.5Gi"), quantity(7)]).toEqual([1024, 2e9, 1.5 * 2 ** 30, 7]);
  expect(quantity("much")).toBeNaN();
});
