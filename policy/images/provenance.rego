# Judges an image's SLSA provenance: `builders` and `max_age_days` are added by whoever loads this.
package sigstore

isCompliant[response] {
	response := {"result": count(faults) == 0, "error": concat("; ", faults), "warning": ""}
}

builder := object.get(input, ["predicate", "runDetails", "builder", "id"], "")

finished := object.get(input, ["predicate", "runDetails", "metadata", "finishedOn"], "")

faults[text] {
	not is_known
	text := sprintf("its provenance is of the builder '%s', and only these are admitted: %s", [builder, concat(", ", builders)])
}

faults[text] {
	not is_fresh
	text := sprintf("its provenance has expired: it was built on '%s', and provenance is good for %d days", [finished, max_age_days])
}

is_known {
	builders[_] == builder
}

# What has no time, or one that isn't a time, is not fresh.
is_fresh {
	time.now_ns() - time.parse_rfc3339_ns(finished) < max_age_days * 86400000000000
}
