# Whether the synthesis may go ahead. The operator asks at /v1/data/agentic/gate in approval mode auto; anything but
# allow: true denies.
#
# input: workload {name, namespace, jobId, labels}, policy (strict or permissive), threshold ("0.00".."1.00"),
# confidence (0..1 or null), findings [{severity, url, text}], reasons (the analysis's own), targetUrls
package agentic.gate

default allow := false

allow if {
	input.policy in {"strict", "permissive"}
	threshold_number
	confident
	count(blocking) == 0
}

# Severities that hold the gate shut. One that nobody has defined is taken for the worst.
blocking_severities := {
	"strict": {"high", "critical", "unknown"},
	"permissive": {"critical", "unknown"},
}

known_severities := {"info", "low", "medium", "high", "critical"}

threshold_number := value if {
	regex.match(`^(0\.[0-9]{2}|1\.00)$`, input.threshold)
	value := to_number(input.threshold)
}

confidence := input.confidence if {
	is_number(input.confidence)
	input.confidence >= 0
	input.confidence <= 1
}

confident if confidence >= threshold_number

blocking contains finding if {
	some finding in findings
	severity(finding) in blocking_severities[input.policy]
}

# Findings that aren't a list can't be judged, which is a finding of its own. (`else`, not a second rule with `not`: an
# absent field would make both undefined, and nothing would block.)
findings := input.findings if {
	is_array(input.findings)
} else := [{"severity": "unknown", "text": "the findings are not a list", "url": ""}]

severity(finding) := finding.severity if {
	finding.severity in known_severities
} else := "unknown"

reasons contains sprintf("confidence %v is at least the threshold %s", [confidence, input.threshold]) if confident

reasons contains sprintf("confidence %v is below the threshold %s", [confidence, input.threshold]) if {
	threshold_number
	not confident
}

reasons contains "the analysis gives no confidence between 0 and 1" if not confidence

reasons contains sprintf("threshold %v is not a number from 0.00 to 1.00", [object.get(input, "threshold", null)]) if not threshold_number

reasons contains sprintf("policy %v is neither strict nor permissive", [object.get(input, "policy", null)]) if {
	not object.get(input, "policy", null) in {"strict", "permissive"}
}

reasons contains sprintf("%s finding: %s", [severity(finding), substring(text, 0, 120)]) if {
	some finding in blocking
	text := sprintf("%v", [object.get(finding, "text", "without text")])
}
