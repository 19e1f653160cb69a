// A part that is one pod on one volume: its Service, and the StatefulSet that has the volume.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type { core } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";
import { placement } from "../scheduling/placement.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedPod, type Resources } from "../security/pod.ts";
import { type DataProtection, dataOptions } from "./protection.ts";
import { dataVolume } from "./volume.ts";

/** What a stack says of such a part. */
export interface VolumePartArgs {
  namespace: pulumi.Input<string>;
  /** Size of the volume. */
  storage?: string;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Name of the PriorityClass of its pod. */
  priorityClass?: pulumi.Input<string>;
  /** Address of its Service, inside the cluster's range. Default: one that the cluster chooses. */
  address?: string;
  /** Of the volume. Default `delete`. */
  protection?: DataProtection;
}

/** What the part itself says. */
export interface VolumePod {
  /** Label of its pod, and name of the Service and the set. */
  part: string;
  /** Size of the volume, where the stack says nothing. */
  storage: string;
  /** Why there is no backup of the volume, or what makes one. */
  backup: string;
  ports: Readonly<Record<string, number>>;
  /** Annotations of the pod: checksums of what it reads only as it starts. */
  annotations: Record<string, pulumi.Input<string>>;
  uid: number;
  /** Name of its account. Default: none of its own. */
  account?: pulumi.Input<string> | undefined;
  container: core.v1.Container;
  /** Beside that of the data. */
  volumes: core.v1.Volume[];
}

/** Registers both. */
export function volumePod(
  name: string,
  args: VolumePartArgs,
  pod: VolumePod,
  options: pulumi.CustomResourceOptions,
): void {
  const { part } = pod;
  const { namespace, address } = args;
  const metadata = { name: part, namespace, labels: labels(part) };
  const ports = Object.entries(pod.ports).map(([port, number]) => ({ name: port, port: number }));
  const clusterIP = address === undefined ? {} : { clusterIP: address };
  new Service(name, { metadata, spec: { selector: selector(part), ports, ...clusterIP } }, options);
  new StatefulSet(
    name,
    {
      metadata: { ...metadata, annotations: { [ANNOTATIONS.backup]: pod.backup } },
      spec: {
        serviceName: part,
        replicas: 1,
        selector: { matchLabels: selector(part) },
        template: {
          metadata: { labels: labels(part), annotations: pod.annotations },
          spec: {
            ...placement(part, args),
            ...hardenedPod({ uid: pod.uid, account: pod.account }),
            containers: [pod.container],
            volumes: pod.volumes,
          },
        },
        ...dataVolume(part, args.storage ?? pod.storage),
      },
    },
    { ...options, ...dataOptions(args.protection) },
  );
}
