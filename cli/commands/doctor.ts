// `agentic doctor`: what is wrong with an installation, where, and how to put it right.
import { clean } from "@agentic/api/text.ts";
import type { Command } from "commander";
import type { Report } from "../doctor/doctor.ts";
import { Ended, EXIT } from "../exit.ts";
import { type DataFormat, printData } from "../output.ts";
import { type SessionOptions, withSession } from "../session.ts";
import { dataOutputOption, examples } from "./options.ts";

interface DoctorOptions extends SessionOptions {
  output: DataFormat;
  probe: boolean;
}

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description("find what is wrong with the platform, as far as your rights show it, and say how to put it right")
    .option("--no-probe", "make no pods that try whether a tenant's pods are kept from others")
    .addOption(dataOutputOption())
    .action(() => diagnose(command.optsWithGlobals()));
  examples(command, {
    "agentic doctor": "every check that your rights allow; exit code 6 where something is wrong",
    "agentic doctor -n tenant-demo": "with the probe of isolation from that tenant",
    "agentic doctor --no-probe -o json": "changes nothing in the cluster; for programs",
  });
}

async function diagnose({ output, probe, ...options }: DoctorOptions): Promise<void> {
  const { examine } = await import("../doctor/doctor.ts");
  const report = await withSession(options, (session) => examine({ ...session, probe }));
  await printData(report, output, textOf);
  if (report.answers.some(({ findings }) => findings.some(({ severity }) => severity === "problem")))
    throw new Ended(EXIT.unhealthy);
}

/** A paragraph a finding, a line for each check that found nothing, and what was not seen. */
export function textOf({ server, user, answers }: Report): string {
  const findings = answers.flatMap(({ check, findings: found }) => found.map((finding) => ({ check, ...finding })));
  const sorted = [...findings].sort((one, other) => one.severity.localeCompare(other.severity));
  const unseen = [...new Set(answers.flatMap((answer) => answer.unseen))];
  const healthy = answers.filter((answer) => answer.findings.length === 0 && answer.unseen.length === 0);
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  const plural = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  return clean(
    [
      `${server} as ${user}`,
      ...sorted.map(
        ({ check, severity, where, what, fix }) =>
          `\n${severity === "problem" ? "PROBLEM" : "WARNING"}  ${check}: ${where}\n  ${what}\n  to do: ${fix}`,
      ),
      ...(healthy.length > 0 ? [`\nfine: ${healthy.map(({ check }) => check).join(", ")}`] : []),
      ...(unseen.length > 0 ? ["\nnot looked at, by your rights:", ...unseen.map((sentence) => `  ${sentence}`)] : []),
      `\n${plural(count("problem"), "problem")}, ${plural(count("warning"), "warning")}`,
    ].join("\n"),
  );
}
