// Gateways and Ingresses must serve by TLS only.
import { objectRule } from "../../kinds/nested.ts";
import { kindOf } from "../../kinds/types.ts";
import { allOf, each, some, textOf } from "../../unknown.ts";
import { fields, isText, items } from "../../values.ts";

/** Annotations of an Ingress whose load balancer has its certificate from the cloud. */
const cloudCertificates = [
  "networking.gke.io/managed-certificates",
  "ingress.gcp.kubernetes.io/pre-shared-cert",
  "alb.ingress.kubernetes.io/certificate-arn",
];

/** Of an Ingress whose controller, GKE's, serves plain HTTP beside TLS unless this is "false". */
const allowHttp = "kubernetes.io/ingress.allow-http";

const isOfGkeClass = (name: unknown): boolean => !isText(name) || name.startsWith("gce");

export const tlsRoutes = objectRule({
  name: "tls-routes",
  area: "network",
  kinds: ["Ingress", "Gateway"],
  severity: "high",
  description: "Gateways and Ingresses serve by TLS only.",
  remedy:
    'Give the listener protocol HTTPS with a certificate, or the Ingress a tls section and, on GKE, the annotation kubernetes.io/ingress.allow-http: "false".',
  check: (object, report, { args: { type } }) => {
    const spec = fields(object.spec);
    const annotations = () => fields(fields(object.metadata).annotations);
    const hasCloudCertificate = () => some(cloudCertificates, (name) => annotations()[name] !== undefined);
    const isPlain = () =>
      allOf(
        () => items(spec.tls).length === 0,
        () => !hasCloudCertificate(),
      );
    if (kindOf(type) === "Ingress" && isPlain())
      report("spec.tls", "traffic is not encrypted", "name the hosts and the Secret of their certificate");
    // An Ingress without a class is GKE's own there.
    const isOfGke = () =>
      allOf(
        () => isOfGkeClass(spec.ingressClassName),
        () => isOfGkeClass(annotations()["kubernetes.io/ingress.class"]),
      );
    const isPlainToo = () =>
      allOf(
        () => String(annotations()[allowHttp]) !== "false",
        () => !isPlain(),
        isOfGke,
      );
    if (kindOf(type) === "Ingress" && isPlainToo())
      report(`metadata.annotations["${allowHttp}"]`, "plain HTTP is served beside TLS", 'set it to "false"');
    // Istio has a Gateway of its own.
    if (kindOf(type) !== "Gateway" || !type.startsWith("kubernetes:gateway.networking.k8s.io/")) return;
    // On GKE the certificates are Google's: the map names them, and the listener must name none.
    const isMapped = () => annotations()["networking.gke.io/certmap"] !== undefined;
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
