// `npm run workflows`: lints the platform's templates, and writes their pages, with each drawn and its cost estimate.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { workflowTemplates } from "../../workflows/index.ts";
import { judge, workflowPages } from "./workflows.ts";

const { lines, isFine } = judge(workflowTemplates);
console.log(lines.join("\n"));
for (const [name, page] of Object.entries(workflowPages)) {
  writeFileSync(join(import.meta.dirname, "..", name), page());
  console.log(`docs/${name}`);
}
if (!isFine) process.exitCode = 1;
