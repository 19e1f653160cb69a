// Rules about objects of any kind.
import type { Rule } from "../../rule.ts";
import { deprecatedApis } from "./deprecated-apis.ts";
import { requiredMetadata } from "./required-metadata.ts";

export const objects: readonly Rule[] = [deprecatedApis, requiredMetadata];
