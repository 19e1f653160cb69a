// Lists what is in an image: of one that was built here by what its layers were made of, of another by a scanner.
import type { Progress } from "../../node/progress.ts";
import type { Archive } from "../archive.ts";
import { scan } from "./scan.ts";
import { documentOf } from "./spdx.ts";
import { type Claim, predicateTypes } from "./statement.ts";

/** An image's SBOM. */
export async function sbom(archive: Archive, time: Date, progress: Progress = () => {}): Promise<Claim> {
  const { materials } = archive;
  const predicate = materials ? documentOf(archive, materials, time) : await scan(archive, progress);
  return { predicateType: predicateTypes.sbom, predicate };
}
