// What policy service-perimeter lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { perimeters } from "./perimeters.ts";

const services = ["bigquery", "cloudkms", "pubsub", "secretmanager", "sqladmin", "storage"];
const restrictedServices = services.map((api) => `${api}.googleapis.com`);
const perimeter = (props: object) => gcp("accesscontextmanager/servicePerimeter:ServicePerimeter", { ...props });
const from = (accessLevel: string) => ({
  ingressPolicies: [{ ingressFrom: { identityType: "ANY_IDENTITY", sources: [{ accessLevel }] } }],
});

table(perimeters, {
  passes: {
    "one that holds": perimeter({ status: { restrictedServices } }),
    "one that is tried out": perimeter({ spec: { restrictedServices }, useExplicitDryRunSpec: true }),
    "a bridge": perimeter({ perimeterType: "PERIMETER_TYPE_BRIDGE" }),
    "people at known places": perimeter({ status: { restrictedServices, ...from("accessPolicies/1/accessLevels/a") } }),
  },
  violates: {
    nothing: [perimeter({}), ...restrictedServices],
    "one service forgotten": [
      perimeter({ spec: { restrictedServices: restrictedServices.slice(1) } }),
      "spec.restrictedServices: data of bigquery.googleapis.com can be copied out",
    ],
    "anybody from anywhere": [perimeter({ status: { restrictedServices, ...from("*") } }), "ingressPolicies[0]"],
  },
});
