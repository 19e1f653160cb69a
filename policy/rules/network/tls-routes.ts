// Gateways and Ingresses must serve by TLS only.
import { objectRule } from "../../kinds/nested.ts";
import { kindOf } from "../../kinds/types.ts";
import { allOf, each, textOf } from "../../unknown.ts";
import { fields, items } from "../../values.ts";

export const tlsRoutes = objectRule({
  name: "tls-routes",
  area: "network",
  kinds: ["Ingress", "Gateway"],
  severity: "high",
  description: "Gateways and Ingresses serve by TLS only.",
  remedy: "Give the listener protocol HTTPS with a certificate, or the Ingress a tls section.",
  check: (object, report, { args: { type } }) => {
    const spec = fields(object.spec);
    if (kindOf(type) === "Ingress" && items(spec.tls).length === 0)
      report("spec.tls", "traffic is not encrypted", "name the hosts and the Secret of their certificate");
    // Istio has a Gateway of its own.
    if (kindOf(type) !== "Gateway" || !type.startsWith("kubernetes:gateway.networking.k8s.io/")) return;
    // On GKE the certificates are Google's: the map names them, and the listener must name none.
    const isMapped = () => fields(fields(object.metadata).annotations)["networking.gke.io/certmap"] !== undefined;
    each(items(spec.listeners), (listener, i) => {
      const path = `spec.listeners[${i}] (${textOf(() => listener.name)})`;
      const { protocol } = listener;
      if (protocol !== "HTTPS" && protocol !== "TLS") {
        report(`${path}.protocol`, `${protocol} is not encrypted`, "make it HTTPS");
        return;
      }
      const tls = fields(listener.tls);
      const isBare = allOf(
        () => tls.mode !== "Passthrough",
        () => items(tls.certificateRefs).length === 0,
        () => !isMapped(),
      );
      if (isBare) report(`${path}.tls.certificateRefs`, "missing", "name the Secret of the certificate");
    });
  },
});
