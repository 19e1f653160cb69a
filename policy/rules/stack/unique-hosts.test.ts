// What policy unique-hosts lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { uniqueHosts } from "./unique-hosts.ts";

const ingress = (name: string, hosts: string[], namespace = "space") =>
  object(
    "Ingress",
    { metadata: { name, namespace }, spec: { rules: hosts.map((host) => ({ host })) } },
    "networking.k8s.io/v1",
  );

table(uniqueHosts, {
  passes: {
    "a host each": [ingress("a", ["a.example.com"]), ingress("b", ["b.example.com"])],
    "one host twice in one Ingress": ingress("a", ["a.example.com", "a.example.com"]),
    "no host": [ingress("a", [""]), ingress("b", [""])],
  },
  violates: {
    "one host of two": [
      [ingress("a", ["a.example.com"]), ingress("b", ["b.example.com", "a.example.com"])],
      "Ingress b: a.example.com is a's, too",
    ],
    "in another namespace": [
      [ingress("a", ["a.example.com"]), ingress("b", ["a.example.com"], "other")],
      "a.example.com is a's, too",
    ],
  },
});
