# Judges the record of a scan for known vulnerabilities: `max_age_days` and `fail_on`, a severity or nothing, are added by whoever loads
# this.
package sigstore

isCompliant[response] {
	response := {"result": count(faults) == 0, "error": concat("; ", faults), "warning": ""}
}

finished := object.get(input, ["predicate", "metadata", "scanFinishedOn"], "")

findings := object.get(input, ["predicate", "scanner", "result", "findings"], {})

faults["nothing was scanned for vulnerabilities: its record has no result of a scanner"] {
	not has_result
}

faults[text] {
	not is_fresh(finished)
	text := sprintf("its scan for vulnerabilities has expired: it was done on '%s', and is good for %d days", [finished, max_age_days])
}

# A scan finds what its database knows. Records of other scanners needn't say how old theirs was.
faults[text] {
	date := input.predicate.scanner.db.lastUpdate
	not is_fresh(date)
	text := sprintf("the database of its scan for vulnerabilities has expired: it is of '%s', and good for %d days", [date, max_age_days])
}

faults[text] {
	has_result
	refused[severity]
	not is_number(object.get(findings, severity, null))
	text := sprintf("its scan doesn't say how many vulnerabilities of severity %s there are", [severity])
}

faults[text] {
	refused[severity]
	number := object.get(findings, severity, 0)
	number > 0
	text := sprintf("it has known vulnerabilities of severity %s: %v", [severity, number])
}

severities := ["negligible", "low", "medium", "high", "critical"]

refused[severity] {
	severities[least] == fail_on
	severity := severities[rank]
	rank >= least
}

has_result {
	is_object(input.predicate.scanner.result)
}

# What has no time, or one that isn't a time, is not fresh.
is_fresh(date) {
	time.now_ns() - time.parse_rfc3339_ns(date) < max_age_days * 86400000000000
}
