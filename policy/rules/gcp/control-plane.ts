// The API server is not for the whole internet.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { at, items } from "../../values.ts";

export const controlPlane = gcpRule(
  [cluster],
  {
    name: "gke-control-plane",
    severity: "high",
    description: "The control plane is reached by its DNS endpoint, privately, or from named ranges.",
    remedy: "Switch the IP endpoint off, make it private, or list the ranges in masterAuthorizedNetworksConfig.",
  },
  (props, report) => {
    const endpoints = block(props.controlPlaneEndpointsConfig);
    const withoutIp = block(endpoints.ipEndpointsConfig).enabled === false;
    const isPrivate = block(props.privateClusterConfig).enablePrivateEndpoint === true;
    const allowed = block(props.masterAuthorizedNetworksConfig);
    if (!withoutIp && !isPrivate && props.masterAuthorizedNetworksConfig === undefined)
      report(
        "masterAuthorizedNetworksConfig",
        "anybody can reach the API server",
        "list the ranges, or set controlPlaneEndpointsConfig.ipEndpointsConfig.enabled to false",
      );
    for (const [i, one] of items(allowed.cidrBlocks).entries())
      if (at(one, "cidrBlock") === "0.0.0.0/0")
        report(`masterAuthorizedNetworksConfig.cidrBlocks[${i}]`, "0.0.0.0/0 is the whole internet", "name a range");
  },
);
