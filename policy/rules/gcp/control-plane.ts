// The API server must not be reachable from the whole internet.
import { block, blockAt, cluster, gcpRule } from "../../kinds/gcp.ts";
import { anyOf, each, independently } from "../../unknown.ts";
import { isEverywhere, items } from "../../values.ts";

export const controlPlane = gcpRule(
  [cluster],
  {
    name: "gke-control-plane",
    severity: "high",
    description: "The control plane is reached by its DNS endpoint, privately, or from named ranges.",
    remedy: "Switch the IP endpoint off, make it private, or list the ranges in masterAuthorizedNetworksConfig.",
  },
  (props, report) =>
    independently(
      () => {
        const isClosed = anyOf(
          () => blockAt(props, "controlPlaneEndpointsConfig", "ipEndpointsConfig").enabled === false,
          () => block(props.privateClusterConfig).enablePrivateEndpoint === true,
          () => props.masterAuthorizedNetworksConfig !== undefined,
        );
        if (!isClosed)
          report(
            "masterAuthorizedNetworksConfig",
            "anybody can reach the API server",
            "list the ranges, or set controlPlaneEndpointsConfig.ipEndpointsConfig.enabled to false",
          );
      },
      () =>
        each(items(block(props.masterAuthorizedNetworksConfig).cidrBlocks), ({ cidrBlock }, i) => {
          if (isEverywhere(String(cidrBlock)))
            report(
              `masterAuthorizedNetworksConfig.cidrBlocks[${i}]`,
              `${cidrBlock} is the whole internet`,
              "name a range",
            );
        }),
    ),
);
