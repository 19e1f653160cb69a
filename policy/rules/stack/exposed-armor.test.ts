// What policy exposed-cloud-armor lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { exposedArmor } from "./exposed-armor.ts";

const api = "gateway.networking.k8s.io/v1";
const gateway = (gatewayClassName: string) => object("Gateway", { spec: { gatewayClassName } }, api);
const route = object(
  "HTTPRoute",
  { spec: { parentRefs: [{ name: "one" }], rules: [{ backendRefs: [{ name: "hook", port: 12000 }] }] } },
  api,
);
const policy = (settings: object) =>
  object(
    "GCPBackendPolicy",
    { spec: { default: settings, targetRef: { kind: "Service", name: "hook" } } },
    "networking.gke.io/v1",
  );
const external = gateway("gke-l7-global-external-managed");

table(exposedArmor, {
  passes: {
    "a policy": [external, route, policy({ securityPolicy: "agentic" })],
    "an internal gateway": [gateway("gke-l7-rilb"), route],
    "somebody else's gateway": [gateway("envoy"), route],
  },
  violates: {
    none: [[external, route], "HTTPRoute space/one: nothing stops attacks on space/hook"],
    "one without Cloud Armor": [[external, route, policy({ timeoutSec: 60 })], "spec.default.securityPolicy"],
  },
});
