package agentic.gate_test

import data.agentic.gate

question := {
	"workload": {"name": "w", "namespace": "tenant-demo", "jobId": "w", "labels": {}},
	"policy": "strict",
	"threshold": "0.95",
	"confidence": 0.97,
	"findings": [],
	"reasons": [],
	"targetUrls": ["https://example.com/"],
}

with_changes(changes) := object.union(question, changes)

finding(severity) := {"severity": severity, "url": "https://example.com/", "text": "something"}

test_confident_and_clean_passes if {
	gate.allow with input as question
	gate.reasons == {"confidence 0.97 is at least the threshold 0.95"} with input as question
}

test_exactly_the_threshold_passes if gate.allow with input as with_changes({"confidence": 0.95})

test_below_the_threshold_is_refused if {
	asked := with_changes({"confidence": 0.9499})
	not gate.allow with input as asked
	"confidence 0.9499 is below the threshold 0.95" in gate.reasons with input as asked
}

test_threshold_zero_passes_zero if gate.allow with input as with_changes({"confidence": 0, "threshold": "0.00"})

test_threshold_one_wants_certainty if {
	gate.allow with input as with_changes({"confidence": 1, "threshold": "1.00"})
	not gate.allow with input as with_changes({"confidence": 0.99, "threshold": "1.00"})
}

test_no_confidence_is_refused if {
	some confidence in [null, "0.99", true, -0.1, 1.1, [1], {"a": 1}]
	asked := with_changes({"confidence": confidence})
	not gate.allow with input as asked
	"the analysis gives no confidence between 0 and 1" in gate.reasons with input as asked
}

test_every_wrong_confidence_is_refused if {
	every confidence in [null, "0.99", true, -0.1, 1.1, [1], {"a": 1}] {
		not gate.allow with input as with_changes({"confidence": confidence})
	}
}

test_wrong_thresholds_are_refused if {
	every threshold in ["", "1", "0.5", "0.955", "1.01", "-0.10", "x", 0.5, null] {
		not gate.allow with input as with_changes({"threshold": threshold})
	}
}

test_a_wrong_threshold_is_named if {
	"threshold x is not a number from 0.00 to 1.00" in gate.reasons with input as with_changes({"threshold": "x"})
}

test_unknown_policies_are_refused if {
	every policy in ["", "none", "Strict", null, 1] {
		not gate.allow with input as with_changes({"policy": policy})
	}
	"policy none is neither strict nor permissive" in gate.reasons with input as with_changes({"policy": "none"})
}

test_small_findings_pass_both_policies if {
	every policy in ["strict", "permissive"] {
		every severity in ["info", "low", "medium"] {
			gate.allow with input as with_changes({"policy": policy, "findings": [finding(severity)]})
		}
	}
}

test_high_findings_are_for_strict_to_refuse if {
	not gate.allow with input as with_changes({"findings": [finding("high")]})
	gate.allow with input as with_changes({"findings": [finding("high")], "policy": "permissive"})
}

test_critical_findings_are_refused_by_both if {
	every policy in ["strict", "permissive"] {
		not gate.allow with input as with_changes({"policy": policy, "findings": [finding("low"), finding("critical")]})
	}
}

test_unknown_severities_count_as_the_worst if {
	every policy in ["strict", "permissive"] {
		every odd in ["HIGH", "", null, 3, ["low"]] {
			not gate.allow with input as with_changes({"policy": policy, "findings": [finding(odd)]})
		}
	}
}

test_a_finding_without_severity_is_refused if not gate.allow with input as with_changes({"findings": [{"text": "x"}]})

test_a_finding_without_text_is_still_told if {
	"high finding: without text" in gate.reasons with input as with_changes({"findings": [{"severity": "high"}]})
}

test_findings_that_are_no_objects_are_refused if {
	not gate.allow with input as with_changes({"findings": ["low"]})
}

test_findings_that_are_no_list_are_refused if {
	every odd in ["none", {"severity": "low"}, null, 1] {
		not gate.allow with input as with_changes({"findings": odd})
	}
}

test_no_findings_at_all_are_refused if not gate.allow with input as object.remove(question, ["findings"])

test_long_texts_are_cut if {
	long := concat("", [c | some _ in numbers.range(1, 500); c := "x"])
	asked := with_changes({"findings": [{"severity": "critical", "text": long}]})
	some reason in gate.reasons with input as asked
	startswith(reason, "critical finding: xxx")
	count(reason) < 150
}

test_an_empty_question_is_refused if not gate.allow with input as {}

test_no_question_is_refused if not gate.allow
