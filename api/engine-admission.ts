// Admission for what the workflow engine changes: pods, Workflows and CronWorkflows of tenants, whatever its roles say.
import { admissionPolicy } from "./admission.ts";
import { API_GROUP, ARGO, tenantNamespace } from "./names.ts";

/**
 * The ValidatingAdmissionPolicy. Beside a tenant of another team's stack, which may be of a release that gives the engine no role
 * in its namespace, the engine has its rights in the whole cluster. It runs what Workflows say, so that whoever may create
 * one anywhere would else have pods made there.
 *
 * @param account the engine's
 */
export function engineAdmissionPolicy(account: { name: string; namespace: string }) {
  const user = `system:serviceaccount:${account.namespace}:${account.name}`;
  return admissionPolicy({
    name: `engine.${API_GROUP}`,
    resources: { apiGroups: ["", ARGO.group], apiVersions: ["*"], resources: ["pods", "workflows", "cronworkflows"] },
    operations: ["CREATE", "UPDATE", "DELETE"],
    matchConditions: [{ name: "engine", expression: `request.userInfo.username == '${user}'` }],
    validations: [
      {
        expression: `request.namespace.startsWith('${tenantNamespace("")}')`,
        messageExpression: `"the workflow engine changes nothing in namespace " + request.namespace + ": it runs Workflows in tenants' namespaces alone"`,
        reason: "Forbidden",
      },
    ],
  });
}
