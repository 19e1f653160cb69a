// The Google service account of the nodes: it may write logs and metrics and read images, nothing else.

import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope } from "../../gcp/scope.ts";

/** Logs, metrics and their descriptors: all that Google says nodes need. */
const NODE_ROLE = "roles/container.defaultNodeServiceAccount";

/** Without it nodes would run as the project's default account, which may change the project. */
export class NodeAccount extends pulumi.ComponentResource {
  readonly email: pulumi.Output<string>;
  /** The account as IAM names it. */
  readonly member: pulumi.Output<string>;

  constructor(name: string, args: GcpScope, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    super("agentic:gke:NodeAccount", name, {}, options);
    const { project } = args;
    const account = new Account(
      name,
      { project, accountId: `${args.name}-nodes`, displayName: "Nodes of the agentic platform" },
      { parent: this },
    );
    this.email = account.email;
    // Written out, so that a preview shows who gets the role.
    const member = `serviceAccount:${args.name}-nodes@${project}.iam.gserviceaccount.com`;
    new IAMMember(name, { project, role: NODE_ROLE, member }, { parent: this, dependsOn: [account] });
    this.member = account.email.apply((email) => `serviceAccount:${email}`);
    this.registerOutputs({ email: this.email });
  }
}
