// What policy tls-routes lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { tlsRoutes } from "./tls-routes.ts";

const gateway = (listener: object) =>
  object("Gateway", { spec: { listeners: [{ name: "web", ...listener }] } }, "gateway.networking.k8s.io/v1");

table(tlsRoutes, {
  passes: {
    "a certificate": gateway({ protocol: "HTTPS", tls: { certificateRefs: [{ name: "cert" }] } }),
    "a map of certificates on GKE": {
      ...gateway({ protocol: "HTTPS" }),
      metadata: { name: "gateway", annotations: { "networking.gke.io/certmap": "certificates" } },
    },
    "TLS that passes through": gateway({ protocol: "TLS", tls: { mode: "Passthrough" } }),
    "an Ingress with a certificate of the cloud": object("Ingress", {
      metadata: {
        name: "one",
        annotations: {
          "networking.gke.io/managed-certificates": "shop",
          "kubernetes.io/ingress.allow-http": "false",
        },
      },
      spec: {},
    }),
    "an Ingress with TLS": object("Ingress", {
      spec: { ingressClassName: "nginx", tls: [{ hosts: ["a"], secretName: "cert" }] },
    }),
    "an Ingress with TLS alone on GKE": object("Ingress", {
      metadata: { name: "one", annotations: { "kubernetes.io/ingress.allow-http": "false" } },
      spec: { tls: [{ hosts: ["a"], secretName: "cert" }] },
    }),
  },
  violates: {
    "plain HTTP": [gateway({ protocol: "HTTP" }), "listeners[0] (web).protocol: HTTP is not encrypted"],
    "no certificate": [gateway({ protocol: "HTTPS" }), "certificateRefs: missing"],
    "an Ingress with TLS and plain HTTP on GKE": [
      object("Ingress", {
        metadata: { name: "one", annotations: { "kubernetes.io/ingress.class": "gce-internal" } },
        spec: { tls: [{ hosts: ["a"], secretName: "cert" }] },
      }),
      "plain HTTP is served beside TLS",
    ],
    "an Ingress without TLS": [object("Ingress", { spec: {} }), "spec.tls"],
  },
});
