// What policy rbac-endpoints lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { endpoints } from "./endpoints.ts";

const role = (rule: object, kind = "ClusterRole") => object(kind, { rules: [rule] }, "rbac.authorization.k8s.io/v1");

table(endpoints, {
  passes: {
    "reading them": role({ apiGroups: [""], resources: ["endpoints"], verbs: ["get", "list", "watch"] }),
    "endpoints of another group": role({ apiGroups: ["example.com"], resources: ["endpoints"], verbs: ["create"] }),
    "one that is named": role({
      apiGroups: [""],
      resources: ["endpoints"],
      resourceNames: ["leader"],
      verbs: ["update"],
    }),
  },
  violates: {
    "writing Endpoints": [
      role({ apiGroups: [""], resources: ["endpoints"], verbs: ["patch"] }),
      "rules[0].resources: endpoints can lead a Service into any namespace",
    ],
    "writing slices in a namespace": [
      role({ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["create"] }, "Role"),
      "endpointslices",
    ],
    "both by a wildcard": [role({ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }), "endpoints, endpointslices"],
  },
});
