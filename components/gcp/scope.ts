// What every Google Cloud resource of a stack shares: project, region, name prefix, owner and cost center.

export interface GcpScope {
  /** Project id, such as `my-project`. */
  project: string;
  /** Number of the same project, as `gcloud projects describe` shows it: identities are written with it. */
  projectNumber: string;
  /** Region of everything, such as `europe-west1`. */
  region: string;
  /** Prefix of all names, so that two platforms fit into one project. */
  name: string;
  /** Who answers for the resources; a label on each. */
  owner: string;
  /** Who pays for the resources; a label on each. */
  costCenter: string;
  /** Whether data and the cluster refuse to be deleted, by Google's own protection and by Pulumi's. */
  deletionProtection: boolean;
}

/** The form of each field; an error names the field. */
const forms: Record<"project" | "projectNumber" | "region" | "name", [RegExp, string]> = {
  project: [/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "a project id: 6 to 30 of a-z, 0-9 and -"],
  projectNumber: [/^[0-9]{6,20}$/, "a project number, digits only: gcloud projects describe shows it"],
  region: [/^[a-z]+-[a-z]+[0-9]+$/, "a region such as europe-west1"],
  name: [/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/, "a prefix of 1 to 20 of a-z, 0-9 and -"],
};

/** Throws where a field hasn't its form. */
export function checkScope(scope: GcpScope): void {
  for (const [field, [form, right]] of Object.entries(forms)) {
    const value = scope[field as keyof typeof forms];
    if (!form.test(value)) throw new Error(`${field}: '${value}' is not ${right}`);
  }
}

/** A label's value: Google takes at most 63 of a-z, 0-9, _ and -. */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "-")
    .slice(0, 63);
}

/** Labels of every resource that takes labels. */
export function gcpLabels({ owner, costCenter, name }: GcpScope): Record<string, string> {
  return {
    owner: labelValue(owner),
    "cost-center": labelValue(costCenter),
    platform: name,
    "managed-by": "pulumi",
  };
}
