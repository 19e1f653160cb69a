// What policy probe-hosts lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { probeHosts } from "./probe-hosts.ts";

const header = { httpHeaders: [{ name: "Host", value: "shop.example.com" }] };
const asking = (host: string) => ({
  livenessProbe: { httpGet: { port: 80, host } },
  readinessProbe: { tcpSocket: { port: 80, host } },
  startupProbe: { httpGet: { port: 80, host } },
});

table(probeHosts, {
  passes: {
    "the pod itself": deployment(),
    "the pod itself, by a host without a name": deployment({}, asking("")),
    "the pod itself, by another name": deployment({}, { livenessProbe: { httpGet: { port: 80, ...header } } }),
  },
  violates: {
    "another host": [
      deployment({}, asking("169.254.169.254")),
      "(main).livenessProbe.httpGet.host: the node asks 169.254.169.254",
      "(main).readinessProbe.tcpSocket.host",
      "(main).startupProbe.httpGet.host",
    ],
    "another host, in a hook": [
      deployment(
        {},
        { lifecycle: { preStop: { httpGet: { port: 80, host: "a" } }, postStart: { tcpSocket: { host: "b" } } } },
      ),
      "(main).lifecycle.postStart.tcpSocket.host",
      "(main).lifecycle.preStop.httpGet.host",
    ],
  },
});
