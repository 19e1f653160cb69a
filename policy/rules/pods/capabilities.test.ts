// What policy capabilities lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { capabilities } from "./capabilities.ts";

const having = (capabilities: object) => deployment({}, { securityContext: { capabilities: capabilities } });

table(capabilities, {
  passes: {
    "all dropped": deployment(),
    "a pod for Windows": deployment({ os: { name: "windows" } }, { securityContext: {} }),
    "low ports": having({ drop: ["ALL"], add: ["NET_BIND_SERVICE"] }),
  },
  violates: {
    "some kept": [having({ drop: ["NET_RAW"] }), "capabilities.drop"],
    "a capability more": [having({ drop: ["ALL"], add: ["SYS_ADMIN"] }), "SYS_ADMIN are added"],
  },
  unfixable: ["a capability more"],
});
