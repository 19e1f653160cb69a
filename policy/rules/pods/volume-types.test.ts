// What policy volume-types lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { volumeTypes } from "./volume-types.ts";

table(volumeTypes, {
  passes: { "a folder of its own": deployment({ volumes: [{ name: "tmp", emptyDir: {} }] }) },
  violates: { "a folder of the node": [deployment({ volumes: [{ name: "v", hostPath: {} }] }), "volumes[0] (v)"] },
});
