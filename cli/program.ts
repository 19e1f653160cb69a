// The command's parts: what each takes, says of itself, and does.
import addCompletion from "@bomb.sh/tab/commander";
import { Command, Option } from "commander";
import { addAnswers } from "./commands/answer.ts";
import { addArtifacts } from "./commands/artifacts.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addLifecycle } from "./commands/lifecycle.ts";
import { addList } from "./commands/list.ts";
import { addLogs } from "./commands/logs.ts";
import { addMcp } from "./commands/mcp.ts";
import { addOpen } from "./commands/open.ts";
import { addReplay } from "./commands/replay.ts";
import { addResubmit } from "./commands/resubmit.ts";
import { addSchedules } from "./commands/schedule.ts";
import { addShow } from "./commands/show.ts";
import { addSubmit } from "./commands/submit.ts";
import { addSupportBundle } from "./commands/support-bundle.ts";
import { addTemplates } from "./commands/template.ts";
import { addTenant } from "./commands/tenant.ts";
import { addWatch } from "./commands/watch.ts";
import manifest from "./package.json" with { type: "json" };

const { version } = manifest;

/** The whole program; it throws where it would end the process, so that its caller decides. */
export function createProgram(): Command {
  const program = new Command("agentic")
    .description("Submit AgentWorkloads, see what they wait for, answer at their gates, find what is wrong.")
    .version(version, "--version")
    .addOption(new Option("--kubeconfig <path>", "kubeconfig; default as kubectl's: KUBECONFIG, then ~/.kube/config"))
    .option("--context <name>", "context of the kubeconfig; default the current one")
    .option("-n, --namespace <name>", "the tenant's namespace; default the context's")
    .showHelpAfterError("(--help tells what there is)")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .exitOverride();
  for (const add of [
    addSubmit,
    addResubmit,
    addReplay,
    addList,
    addShow,
    addWatch,
    addOpen,
    addLogs,
    addArtifacts,
    addAnswers,
    addLifecycle,
    addSchedules,
    addTemplates,
    addTenant,
    addDoctor,
  ])
    add(program);
  addSupportBundle(program, version);
  addMcp(program, version);
  addCompletion(program, { completionCommandName: "completion" });
  program.addHelpText(
    "after",
    "\nExit codes: 0 done, 1 refused or not reached, 2 wrong arguments; with --wait 3 failed, 4 denied, 5 time ran out;\ntemplate lint 3 something is refused; doctor 6 something is wrong.",
  );
  return program;
}
