// What policy cloud-build lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { builds } from "./builds.ts";

const options = { requestedVerifyOption: "VERIFIED" };
const trigger = (props: object) => gcp("cloudbuild/trigger:Trigger", { serviceAccount: "builder", ...props });
const step = (name: string) => trigger({ build: { options, steps: [{ name }] } });

table(builds, {
  passes: {
    "a builder with a version": step("gcr.io/cloud-builders/docker:24.0.9"),
    "one with a digest": step(`gcr.io/cloud-builders/docker@sha256:${"a".repeat(64)}`),
    "steps in the repository": trigger({ filename: "cloudbuild.yaml" }),
  },
  violates: {
    "no account": [trigger({ serviceAccount: undefined }), "the project's default rights"],
    "no provenance": [trigger({ build: { steps: [] } }), "requestedVerifyOption"],
    "any builder": [step("gcr.io/cloud-builders/docker"), "may become another builder"],
    "the latest builder": [step("localhost:5000/docker:latest"), "build.steps[0].name"],
  },
});
