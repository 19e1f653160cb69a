// How an object is waited for, and what is said when it isn't ready in time.
import { expect, test } from "vitest";
import { awaitReady } from "../../../embedded/deploy/kubernetes/ready.ts";
import {
  cluster,
  condition,
  deployment,
  endpoints,
  type Fields,
  object,
  rolledOut,
  selector,
  service,
} from "./ready-objects.ts";

const anyDeployment = deployment({});
const patience = { seconds: 5, onWait: () => {} };

test("waiting tells each new reason once and ends with the ready object", async () => {
  const waits: string[] = [];
  const halfAvailable = deployment({ ...rolledOut, availableReplicas: 1 });
  const states = [halfAvailable, halfAvailable, deployment(rolledOut)];
  const ready = await awaitReady(cluster({}, states), anyDeployment, {
    seconds: 5,
    onWait: (what) => waits.push(what),
  });
  expect(waits).toEqual(["1 of 2 pods are ready"]);
  expect(ready).toBe(states[2]);
});

test("the pods of a service that is as it was are not on their way", async () => {
  const unchangedService = service({ selector });
  const around = cluster(endpoints(), [unchangedService, unchangedService]);
  expect(await awaitReady(around, unchangedService, { ...patience, unchanged: true })).toBe(unchangedService);
});

test("an object that is deleted meanwhile is not waited for", async () => {
  await expect(awaitReady(cluster({}, [undefined]), anyDeployment, patience)).rejects.toThrow(
    "Deployment space/one was deleted while it was waited for",
  );
  const job = object("batch/v1", "Job", {}, {});
  await expect(awaitReady(cluster({}, [job, undefined]), job, patience)).rejects.toThrow("was deleted");
});

test("a job that its time to live took away counts as done; one that failed before doesn't", async () => {
  const job = (status: Fields) => object("batch/v1", "Job", { ttlSecondsAfterFinished: 0 }, status);
  const activeJob = job({ active: 1 });
  expect(await awaitReady(cluster({}, [activeJob, undefined]), activeJob, patience)).toBe(activeJob);
  const failedJob = job(condition("Failed", "True", { reason: "DeadlineExceeded", message: "late" }));
  await expect(awaitReady(cluster({}, [activeJob, failedJob, undefined]), activeJob, patience)).rejects.toThrow("late");
});

test("the time's end names what is missing and what the pods say", async () => {
  const condition = object(
    "apps/v1",
    "Deployment",
    { replicas: 1, selector: { matchLabels: selector } },
    { observedGeneration: 2 },
  );
  const pod = object(
    "v1",
    "Pod",
    {},
    {
      phase: "Pending",
      containerStatuses: [{ name: "main", state: { waiting: { reason: "ErrImagePull", message: "no such image" } } }],
    },
  );
  await expect(
    awaitReady(cluster({ Pod: [pod] }, [condition]), condition, { ...patience, seconds: 1 }),
  ).rejects.toThrow(
    "not ready after 1 s, still waiting for 0 of 1 pods are of the new revision. Pod one: main: ErrImagePull no such image",
  );
});
