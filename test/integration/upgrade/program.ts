// What the platform's program asks for, with the options that only a deployer sees.
import { readConfig } from "../../../embedded/deploy/config/config.ts";
import { readProject } from "../../../embedded/deploy/config/project.ts";
import type { StackOptions } from "../../../embedded/deploy/deploy.ts";
import { type Recording, record } from "../../../embedded/deploy/recording.ts";
import { scrubbed } from "../../../embedded/deploy/scrub.ts";
import { emptyState } from "../../../embedded/deploy/state.ts";

/** Runs a program to its end without making anything. */
export async function recordProgram({ directory, stack, config }: StackOptions): Promise<Recording> {
  const project = readProject(directory);
  const program = {
    directory,
    main: project.main,
    project: project.name,
    stack,
    config: readConfig({ project, stack, config }),
  };
  const { scrubber, on: scrub } = scrubbed(program, undefined);
  return await record(program, { previous: emptyState(), log: scrub, scrubber });
}
