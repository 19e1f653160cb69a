// Every generated page, by its path from docs/. A test holds the committed pages against these.
import { alertsPage } from "./alerts.ts";
import { commandLinePage } from "./command-line.ts";
import { configurationPage } from "./config.ts";
import { dashboardsPage } from "./dashboards.ts";
import { deployerOptionsPage } from "./deployer-options.ts";
import { engineParityPage } from "./engine-parity.ts";
import { kubeconfigPage } from "./kubeconfig.ts";
import { metricsPage } from "./metrics.ts";
import { noticesPage } from "./notices.ts";
import { notificationsPage } from "./notifications.ts";
import { outputsPage } from "./outputs.ts";
import { policiesPage } from "./policies.ts";
import { policyParityPage } from "./policy-parity.ts";
import { scheduleFieldsPage } from "./schedule-fields.ts";
import { sloPage } from "./slo.ts";
import { workflowPages } from "./workflows.ts";

export const pages: Record<string, () => string> = {
  "command-line.md": commandLinePage,
  "configuration.md": configurationPage,
  "deployer-options.md": deployerOptionsPage,
  "engine-parity.md": engineParityPage,
  "policies.md": policiesPage,
  "policy-parity.md": policyParityPage,
  "outputs.md": outputsPage,
  "kubeconfig.md": kubeconfigPage,
  "alerts.md": alertsPage,
  "dashboards.md": dashboardsPage,
  "metrics.md": metricsPage,
  "schedule-fields.md": scheduleFieldsPage,
  "slo.md": sloPage,
  "notifications.md": notificationsPage,
  ...workflowPages,
  "../THIRD_PARTY_NOTICES.md": noticesPage,
};
