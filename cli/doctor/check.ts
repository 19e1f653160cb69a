// A check of the doctor's: one question about an installation, asked with the person's own rights.
import type { Finding } from "./finding.ts";
import type { Sight } from "./sight.ts";

export interface Check {
  /** One word for the report. */
  name: string;
  /** What is asked. */
  asks: string;
  /** What is wrong. Throws only where the API server stops answering. */
  look: (see: Sight) => Promise<Finding[]>;
}
