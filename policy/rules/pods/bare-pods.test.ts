// What policy bare-pods lets pass, and what violates it.
import { deployment, object, pod } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { barePods } from "./bare-pods.ts";

table(barePods, {
  passes: { "a Deployment's": deployment() },
  violates: { "a Pod": [object("Pod", { spec: pod() }), "nobody rolls out or replaces a Pod"] },
});
