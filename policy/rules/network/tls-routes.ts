// What comes from outside is encrypted up to the gateway.
import { objectRule } from "../../kinds/objects.ts";
import { fields, items } from "../../values.ts";

export const tlsRoutes = objectRule(
  "network",
  ["Ingress", "Gateway"],
  {
    name: "tls-routes",
    severity: "high",
    description: "Gateways and Ingresses serve by TLS only.",
    remedy: "Give the listener protocol HTTPS with a certificate, or the Ingress a tls section.",
  },
  ({ kind, spec, apiVersion, metadata }, report) => {
    if (kind === "Ingress" && items(fields(spec).tls).length === 0)
      report("spec.tls", "what passes can be read on the way", "name the hosts and the Secret of their certificate");
    // Istio has a Gateway of its own.
    if (kind !== "Gateway" || !String(apiVersion).startsWith("gateway.networking.k8s.io/")) return;
    // On GKE the certificates are Google's: the map names them, and the listener must name none.
    const mapped = metadata?.annotations?.["networking.gke.io/certmap"] !== undefined;
    for (const [i, { name, protocol, tls }] of items(fields(spec).listeners).entries())
      if (protocol !== "HTTPS" && protocol !== "TLS")
        report(`spec.listeners[${i}] (${name}).protocol`, `${protocol} can be read on the way`, "make it HTTPS");
      else if (!mapped && fields(tls).mode !== "Passthrough" && items(fields(tls).certificateRefs).length === 0)
        report(`spec.listeners[${i}] (${name}).tls.certificateRefs`, "missing", "name the Secret of the certificate");
  },
);
