// Rules about Google Cloud.
import type { Rule } from "../../rule.ts";
import { accountKeys } from "./account-keys.ts";
import { additiveBindings } from "./additive-bindings.ts";
import { agentSandbox } from "./agent-sandbox.ts";
import { anonymousAccess } from "./anonymous-access.ts";
import { auditLogs } from "./audit-logs.ts";
import { backupCoverage } from "./backup-coverage.ts";
import { backupPlan } from "./backup-plan.ts";
import { binaryAuthorization } from "./binary-authorization.ts";
import { bucketAccess } from "./bucket-access.ts";
import { bucketConditions } from "./bucket-conditions.ts";
import { bucketRecovery } from "./bucket-recovery.ts";
import { builds } from "./builds.ts";
import { cloudArmor } from "./cloud-armor.ts";
import { controlPlane } from "./control-plane.ts";
import { customerKeys } from "./customer-keys.ts";
import { databaseEncryption } from "./database-encryption.ts";
import { dataplane } from "./dataplane.ts";
import { datasetAccess } from "./dataset-access.ts";
import { datasetExpiration } from "./dataset-expiration.ts";
import { deadLetters } from "./dead-letters.ts";
import { deletionProtection } from "./deletion-protection.ts";
import { firewall } from "./firewall.ts";
import { imagePolicy } from "./image-policy.ts";
import { impersonation } from "./impersonation.ts";
import { keyRotation } from "./key-rotation.ts";
import { legacyAccess } from "./legacy-access.ts";
import { messageRegions } from "./message-regions.ts";
import { namedIdentities } from "./named-identities.ts";
import { narrowRoles } from "./narrow-roles.ts";
import { natLogging } from "./nat-logging.ts";
import { nodeAccounts } from "./node-accounts.ts";
import { nodeManagement } from "./node-management.ts";
import { observability } from "./observability.ts";
import { ownNetwork } from "./own-network.ts";
import { perimeters } from "./perimeters.ts";
import { primitiveRoles } from "./primitive-roles.ts";
import { privateNodes } from "./private-nodes.ts";
import { publicMembers } from "./public-members.ts";
import { registries } from "./registries.ts";
import { releaseChannel } from "./release-channel.ts";
import { scheduledQueries } from "./scheduled-queries.ts";
import { secrets } from "./secrets.ts";
import { shieldedNodes } from "./shielded-nodes.ts";
import { sqlLogin } from "./sql-login.ts";
import { sqlNetwork } from "./sql-network.ts";
import { sqlRecovery } from "./sql-recovery.ts";
import { subnets } from "./subnets.ts";
import { tlsVersions } from "./tls-versions.ts";
import { workloadIdentity } from "./workload-identity.ts";

export const gcp: readonly Rule[] = [
  accountKeys,
  additiveBindings,
  agentSandbox,
  anonymousAccess,
  auditLogs,
  backupCoverage,
  backupPlan,
  binaryAuthorization,
  bucketAccess,
  bucketConditions,
  bucketRecovery,
  builds,
  cloudArmor,
  controlPlane,
  customerKeys,
  databaseEncryption,
  dataplane,
  datasetAccess,
  datasetExpiration,
  deadLetters,
  deletionProtection,
  firewall,
  imagePolicy,
  impersonation,
  keyRotation,
  legacyAccess,
  messageRegions,
  namedIdentities,
  narrowRoles,
  natLogging,
  nodeAccounts,
  nodeManagement,
  observability,
  ownNetwork,
  perimeters,
  primitiveRoles,
  privateNodes,
  publicMembers,
  registries,
  releaseChannel,
  scheduledQueries,
  secrets,
  shieldedNodes,
  sqlLogin,
  sqlNetwork,
  sqlRecovery,
  subnets,
  tlsVersions,
  workloadIdentity,
];
