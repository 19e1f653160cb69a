// Rules about Google Cloud.
import type { Rule } from "../../rule.ts";
import { accountKeys } from "./account-keys.ts";
import { agentSandbox } from "./agent-sandbox.ts";
import { binaryAuthorization } from "./binary-authorization.ts";
import { bucketAccess } from "./bucket-access.ts";
import { bucketRecovery } from "./bucket-recovery.ts";
import { controlPlane } from "./control-plane.ts";
import { customerKeys } from "./customer-keys.ts";
import { databaseEncryption } from "./database-encryption.ts";
import { dataplane } from "./dataplane.ts";
import { deadLetters } from "./dead-letters.ts";
import { deletionProtection } from "./deletion-protection.ts";
import { firewall } from "./firewall.ts";
import { impersonation } from "./impersonation.ts";
import { keyRotation } from "./key-rotation.ts";
import { legacyAccess } from "./legacy-access.ts";
import { nodeAccounts } from "./node-accounts.ts";
import { nodeManagement } from "./node-management.ts";
import { observability } from "./observability.ts";
import { primitiveRoles } from "./primitive-roles.ts";
import { privateNodes } from "./private-nodes.ts";
import { publicMembers } from "./public-members.ts";
import { registries } from "./registries.ts";
import { releaseChannel } from "./release-channel.ts";
import { shieldedNodes } from "./shielded-nodes.ts";
import { sqlNetwork } from "./sql-network.ts";
import { sqlRecovery } from "./sql-recovery.ts";
import { subnets } from "./subnets.ts";
import { workloadIdentity } from "./workload-identity.ts";

export const gcp: readonly Rule[] = [
  accountKeys,
  agentSandbox,
  binaryAuthorization,
  bucketAccess,
  bucketRecovery,
  controlPlane,
  customerKeys,
  databaseEncryption,
  dataplane,
  deadLetters,
  deletionProtection,
  firewall,
  impersonation,
  keyRotation,
  legacyAccess,
  nodeAccounts,
  nodeManagement,
  observability,
  primitiveRoles,
  privateNodes,
  publicMembers,
  registries,
  releaseChannel,
  shieldedNodes,
  sqlNetwork,
  sqlRecovery,
  subnets,
  workloadIdentity,
];
