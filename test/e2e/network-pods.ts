// The pods between which the test of NetworkPolicy tries connections.
import type { ProbePod } from "./node-fixture.ts";

/** What each pod listens on. */
export const listen = ["tcp:8080", "tcp:8081", "tcp:8082", "tcp:8083", "tcp:8084", "udp:9053"];

/** Every pod serves the same ports; `web` is another number in server2. */
export const pods: ProbePod[] = [
  { namespace: "net-a", name: "client", labels: { app: "client" }, args: ["serve", ...listen] },
  {
    namespace: "net-a",
    name: "server",
    labels: { app: "server", tier: "backend" },
    args: ["serve", ...listen],
    ports: [{ name: "web", containerPort: 8080 }],
  },
  {
    namespace: "net-a",
    name: "server2",
    labels: { app: "server2", tier: "backend" },
    args: ["serve", ...listen],
    ports: [{ name: "web", containerPort: 8082 }],
  },
  { namespace: "net-b", name: "other", labels: { app: "client" }, args: ["serve", ...listen] },
  { namespace: "net-b", name: "stranger", labels: { app: "stranger" }, args: ["serve", ...listen] },
];
