// The deployer asks for the objects that the Pulumi CLI made of the same program, as recorded from the CLI.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readConfig } from "../../../embedded/deploy/config/config.ts";
import { readProject } from "../../../embedded/deploy/config/project.ts";
import { record } from "../../../embedded/deploy/recording.ts";
import { scrubbed } from "../../../embedded/deploy/scrub.ts";
import { emptyState } from "../../../embedded/deploy/state.ts";
import { ofRecord, recordedObjects, smallProgram } from "../../e2e/cli/objects.ts";

test("URNs, parents and inputs are the CLI's", async () => {
  const project = readProject(smallProgram);
  const stack = "agreement";
  const program = {
    directory: smallProgram,
    main: project.main,
    project: project.name,
    stack,
    config: readConfig({ project, stack }),
  };
  const { scrubber } = scrubbed(program);
  const { registrations } = await record(program, { previous: emptyState(), log: () => {}, scrubber });
  expect(ofRecord(registrations)).toEqual(JSON.parse(readFileSync(recordedObjects, "utf8")));
});
