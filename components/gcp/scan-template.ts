// How grype writes what it found as the record that policies read: a template of its own `-o template`, for builds without our programs.
import { severities } from "../security/scan-record.ts";

const none = severities.map((severity) => `"${severity}" 0`).join(" ");

/** Of one line, so that it can stand in any script. `uri` names the database; by default it is where grype had it from. */
export const scanTemplate = (uri?: string): string =>
  [
    // Under the names of grype's JSON, as it tells its database in no documented type.
    "{{ $db := (.Descriptor.DB | toJson | fromJson).status }}",
    `{{ $findings := dict ${none} }}{{ $found := list }}`,
    "{{ range .Matches }}",
    "{{ $severity := .Vulnerability.Severity | lower }}",
    '{{ if not (hasKey $findings $severity) }}{{ $severity = "unknown" }}{{ end }}',
    "{{ $_ := set $findings $severity (add (get $findings $severity) 1) }}",
    '{{ $package := .Artifact.PURL | default (printf "%s@%s" .Artifact.Name .Artifact.Version) }}',
    '{{ $found = append $found (dict "id" .Vulnerability.ID "severity" $severity "package" $package "fixedIn" (.Vulnerability.Fix.Versions | default list)) }}',
    "{{ end }}",
    `{{ $source := ${uri === undefined ? "$db.from" : JSON.stringify(uri)} }}`,
    '{{ $database := dict "uri" $source "version" $db.schemaVersion "lastUpdate" $db.built }}',
    '{{ $result := dict "findings" $findings "vulnerabilities" $found }}',
    '{{ $scanner := dict "uri" "pkg:golang/github.com/anchore/grype" "version" .Descriptor.Version "db" $database "result" $result }}',
    '{{ $metadata := dict "scanStartedOn" .Descriptor.Timestamp "scanFinishedOn" .Descriptor.Timestamp }}',
    '{{ dict "scanned" true "scanner" $scanner "metadata" $metadata | toJson }}',
  ].join("");
