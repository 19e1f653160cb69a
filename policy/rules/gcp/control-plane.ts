// The API server must not be reachable from the whole internet.
import { block, blockAt, cluster, gcpRule } from "../../kinds/gcp.ts";
import { checkRanges } from "../../kinds/ranges.ts";
import { anyOf, independently } from "../../unknown.ts";
import { items } from "../../values.ts";

export const controlPlane = gcpRule({
  name: "gke-control-plane",
  types: [cluster],
  severity: "high",
  description: "The control plane is reached by its DNS endpoint, privately, or from named ranges.",
  remedy: "Switch the IP endpoint off, make it private, or list the ranges in masterAuthorizedNetworksConfig.",
  check: (props, report) =>
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
      () => {
        const path = "masterAuthorizedNetworksConfig.cidrBlocks";
        checkRanges(items(block(props.masterAuthorizedNetworksConfig).cidrBlocks), {
          rangeOf: ({ cidrBlock }) => ({ cidr: String(cidrBlock) }),
          pathOf: (_, i) => `${path}[${i}]`,
          ...{ path, right: "name a range", report },
        });
      },
    ),
});
