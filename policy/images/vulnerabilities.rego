# Judges the record of a scan for known vulnerabilities: `max_age_days` is added by whoever loads this.
package sigstore

isCompliant[response] {
	response := {"result": count(faults) == 0, "error": concat("; ", faults), "warning": ""}
}

finished := object.get(input, ["predicate", "metadata", "scanFinishedOn"], "")

faults["nothing was scanned for vulnerabilities: its record has no result of a scanner"] {
	not has_result
}

faults[text] {
	not is_fresh
	text := sprintf("its scan for vulnerabilities has expired: it was done on '%s', and is good for %d days", [finished, max_age_days])
}

has_result {
	is_object(input.predicate.scanner.result)
}

# What has no time, or one that isn't a time, is not fresh.
is_fresh {
	time.now_ns() - time.parse_rfc3339_ns(finished) < max_age_days * 86400000000000
}
