// Nodes must run as a service account with only the rights that nodes need.
import { block, blockAt, cluster, gcpRule, nodePool } from "../../kinds/gcp.ts";
import { allOf, independently } from "../../unknown.ts";
import { isText } from "../../values.ts";

export const nodeAccounts = gcpRule({
  name: "gke-node-accounts",
  types: [nodePool, cluster],
  severity: "high",
  description: "Nodes run as a service account of their own, not as the project's default editor.",
  remedy: "Set nodeConfig.serviceAccount to an account with roles/container.defaultNodeServiceAccount.",
  check: (props, report, { args }) =>
    independently(
      () => {
        const hasNodes = () =>
          args.type === nodePool ||
          allOf(
            () => props.nodeConfig !== undefined,
            () => props.removeDefaultNodePool !== true,
          );
        if (allOf(hasNodes, () => !isOwn(block(props.nodeConfig).serviceAccount)))
          report(
            "nodeConfig.serviceAccount",
            "nodes have the role editor on the whole project",
            "give them an account of their own",
          );
      },
      () => {
        const account = () => blockAt(props, "clusterAutoscaling", "autoProvisioningDefaults").serviceAccount;
        const isOpen = allOf(
          () => props.enableAutopilot === true,
          () => !isOwn(account()),
        );
        if (isOpen)
          report(
            "clusterAutoscaling.autoProvisioningDefaults.serviceAccount",
            "Autopilot's nodes have the role editor on the whole project",
            "give them an account of their own",
          );
      },
    ),
});

/** Whether an account isn't the project's own for nodes. */
const isOwn = (account: unknown): boolean =>
  isText(account) && account !== "default" && !account.endsWith("-compute@developer.gserviceaccount.com");
