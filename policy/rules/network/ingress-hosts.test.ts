// What policy ingress-hosts lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { ingressHosts } from "./ingress-hosts.ts";

const ingress = (spec: object) => object("Ingress", { spec: { ...spec } }, "networking.k8s.io/v1");

table(ingressHosts, {
  passes: {
    "a host for each rule": ingress({ rules: [{ host: "shop.example.com" }, { host: "api.example.com" }] }),
    "no rules": ingress({}),
  },
  violates: {
    "no host": [ingress({ rules: [{ http: { paths: [] } }] }), "spec.rules[0].host: it takes requests for every host"],
    "an empty host": [ingress({ rules: [{ host: "a.example.com" }, { host: "" }] }), "spec.rules[1].host"],
    "a wildcard": [ingress({ rules: [{ host: "*.example.com" }] }), "'*.example.com' is many hosts"],
    "a backend for the rest": [ingress({ defaultBackend: { service: { name: "web" } } }), "spec.defaultBackend"],
  },
});
