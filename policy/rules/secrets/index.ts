// Rules about where secrets may not stand.
import type { Rule } from "../../rule.ts";
import { commandArguments } from "./arguments.ts";
import { clearEnvironment } from "./clear-environment.ts";
import { configMaps } from "./config-maps.ts";
import { environment } from "./environment.ts";
import { fileModes } from "./file-modes.ts";

export const secrets: readonly Rule[] = [commandArguments, clearEnvironment, configMaps, environment, fileModes];
