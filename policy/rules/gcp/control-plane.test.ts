// What policy gke-control-plane lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { controlPlane } from "./control-plane.ts";

const cluster = (props: object) => gcp("container/cluster:Cluster", { ...props });
const ranges = (cidrBlock: string) => ({ masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock }] } });

table(controlPlane, {
  passes: {
    "DNS only": cluster({ controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: false } } }),
    private: cluster({ privateClusterConfig: { enablePrivateEndpoint: true } }),
    "a range": cluster(ranges("192.0.2.0/24")),
  },
  violates: {
    everybody: [cluster({}), "anybody can reach the API server"],
    "everybody by two ranges": [
      cluster({
        masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "64.0.0.0/2" }, { cidrBlock: "128.0.0.0/2" }] },
      }),
      "cidrBlocks: its ranges together",
    ],
    "everybody by a range": [cluster(ranges("0.0.0.0/0")), "cidrBlocks[0]"],
  },
});
