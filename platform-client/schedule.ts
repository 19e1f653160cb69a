// An AgentSchedule that is checked against the platform's catalogue before any resource is registered.
import type { AgentScheduleSpec } from "@agentic/api/agentschedule.ts";
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { AGENT_SCHEDULE, ANNOTATIONS, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { scheduleErrors } from "./check.ts";
import { placeIn, withProvider } from "./tenant.ts";
import { type AgentWorkloadArgs, checked, type DeepInput, templateOf } from "./workload.ts";

export interface AgentScheduleArgs extends Omit<AgentWorkloadArgs, "wait"> {
  /** Name of the object: 1 to 49 of a-z, 0-9 and -; the workloads' names have the time, too. */
  name: string;
  /** When, and what becomes of missed and finished workloads. */
  schedule: DeepInput<AgentScheduleSpec["schedule"]>;
  /** Labels of the object and of its workloads. */
  labels?: Record<string, string>;
  /** In whose name its workloads are submitted: the deploying user's own, demanded where the tenant has four eyes. Default none. */
  submittedBy?: pulumi.Input<string>;
}

interface Fields {
  schedule: AgentScheduleSpec["schedule"];
  workload: AgentWorkloadSpec;
}

/** AgentWorkloads at the times of a cron expression. */
export class AgentSchedule extends pulumi.ComponentResource {
  /** Name of the object. */
  readonly name: string;
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: AgentScheduleArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, labels, submittedBy } = args;
    const { namespace, after } = placeIn(platform, args.tenant);
    const template = templateOf(args);
    const fields = { schedule: args.schedule, workload: args.spec };
    const spec = checked<Fields>(fields, `AgentSchedule ${args.name}`, (known) =>
      scheduleErrors(args.name, known, template),
    );
    super("agentic:client:AgentSchedule", name, {}, withProvider(platform, options));
    this.name = args.name;
    this.namespace = namespace;
    new CustomResource(
      name,
      {
        apiVersion: API_GROUP_VERSION,
        kind: AGENT_SCHEDULE.kind,
        metadata: {
          name: args.name,
          namespace: this.namespace,
          labels,
          annotations: submittedBy === undefined ? {} : { [ANNOTATIONS.submittedBy]: submittedBy },
        },
        spec: spec.apply(({ schedule, workload }) => ({
          schedule,
          workload: {
            ...(labels ? { metadata: { labels } } : {}),
            spec: { ...workload, orchestration: { workflowTemplateRef: { name: template.name } } },
          },
        })),
      },
      { parent: this, dependsOn: after },
    );
    this.registerOutputs({});
  }
}
