// Writes the pages that are generated from code: node docs/generate/main.ts
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pages } from "./pages.ts";

for (const [name, page] of Object.entries(pages)) writeFileSync(join(import.meta.dirname, "..", name), page());
