// The ConfigMaps that the policy controller reads: it doesn't start while one of them is missing.
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import type * as pulumi from "@pulumi/pulumi";
import { labels } from "./labels.ts";

/** What becomes of an image that no policy is about. */
export type NoMatch = "deny" | "warn" | "allow";

/** Those that the controller itself writes: policies and trusted keys, put together from the cluster's objects. */
export const writtenConfigMaps = ["config-image-policies", "config-sigstore-keys"];

/** Registers them all. The controller reads most of them again when they change. */
export function policyControllerSettings(
  name: string,
  args: { namespace: pulumi.Input<string>; part: string; noMatch: NoMatch },
  options: pulumi.CustomResourceOptions,
): ConfigMap[] {
  const contents: Record<string, Record<string, string> | undefined> = {
    "config-policy-controller": { "no-match-policy": args.noMatch, "fail-on-empty-authorities": "true" },
    "config-logging": { "loglevel.policy-controller": "info" },
    "config-observability": {},
    "config-leader-election": {},
    ...Object.fromEntries(writtenConfigMaps.map((configMap) => [configMap, undefined])),
  };
  return Object.entries(contents).map(([objectName, data]) => {
    const metadata = { name: objectName, namespace: args.namespace, labels: labels(args.part) };
    return new ConfigMap(`${name}-${objectName}`, { metadata, ...(data ? { data } : {}) }, options);
  });
}
