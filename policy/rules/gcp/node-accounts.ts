// Nodes may do just what nodes must.
import { cluster, gcpRule, nodePool } from "../../kinds/gcp.ts";
import { at, fields, isText } from "../../values.ts";

export const nodeAccounts = gcpRule(
  [nodePool, cluster],
  {
    name: "gke-node-accounts",
    severity: "high",
    description: "Nodes run as a service account of their own, not as the project's default editor.",
    remedy: "Set nodeConfig.serviceAccount to an account with roles/container.defaultNodeServiceAccount.",
  },
  (props, report, { args }) => {
    if (args.type === nodePool || (props.nodeConfig !== undefined && props.removeDefaultNodePool !== true)) {
      const { serviceAccount } = fields(props.nodeConfig);
      if (
        !isText(serviceAccount) ||
        serviceAccount === "default" ||
        serviceAccount.endsWith("-compute@developer.gserviceaccount.com")
      )
        report(
          "nodeConfig.serviceAccount",
          "nodes are editors of the whole project",
          "give them an account of their own",
        );
    }
    if (
      props.enableAutopilot === true &&
      !isText(at(props, "clusterAutoscaling", "autoProvisioningDefaults", "serviceAccount"))
    )
      report(
        "clusterAutoscaling.autoProvisioningDefaults.serviceAccount",
        "Autopilot's nodes are editors of the whole project",
        "give them an account of their own",
      );
  },
);
