// Registers schedules: their kind, and the admission that says who may have what run in whose name.
import { agentScheduleCrd } from "@agentic/api/agentschedule.ts";
import { schedulePolicies } from "@agentic/api/schedule-admission.ts";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

export interface SchedulesArgs {
  /** The definition of AgentWorkload, which schedules make. */
  workloads: pulumi.Resource;
}

/** What has AgentWorkloads made at their times; the operator makes them. */
export class Schedules extends pulumi.ComponentResource {
  /** What an AgentSchedule depends on, and whoever makes workloads of one: nobody may make one before admission is in force. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: SchedulesArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:agents:Schedules", name, {}, options);
    const child = { parent: this };
    const policies = schedulePolicies().flatMap((policy) =>
      enforcePolicy(`${name}-${policy.metadata.name}`, policy, { ...child, dependsOn: args.workloads }),
    );
    const { metadata, spec } = agentScheduleCrd();
    const definition = new CustomResourceDefinition(`${name}-crd`, { metadata, spec } as never, {
      ...child,
      dependsOn: policies,
    });
    this.ready = [...policies, definition];
    this.registerOutputs({});
  }
}
