// What policy host-ports lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { hostPorts } from "./host-ports.ts";

table(hostPorts, {
  passes: { "a port of its own": deployment({}, { ports: [{ containerPort: 80, hostPort: 0 }] }) },
  violates: { "a port of the node": [deployment({}, { ports: [{ hostPort: 80 }] }), "ports[0].hostPort"] },
});
