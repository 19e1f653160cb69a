// Google's own collector in the cluster (Managed OpenTelemetry for GKE), which takes spans for Cloud Trace.
import type { Collector } from "../security/flows.ts";

/**
 * Its endpoint, which takes OTLP in clear text and asks nobody who he is: it is Google's identity that writes to Cloud Trace.
 * Source: https://docs.cloud.google.com/kubernetes-engine/docs/how-to/managed-otel-gke
 */
export const managedCollector: Collector = {
  url: "http://opentelemetry-collector.gke-managed-otel.svc.cluster.local:4318",
  namespace: "gke-managed-otel",
};
