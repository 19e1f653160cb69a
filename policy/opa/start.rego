# Whether a workload may start. The operator asks at /v1/data/agentic/start; anything but allow: true starts nothing.
#
# input: workload {name, namespace, jobId, labels, submittedBy}, spec, hosts (of the target URLs, as a URL parser reads them), template
# {name, clusterScope}, parameters, tenant (data of the namespace's ConfigMap agentic-tenant, or null), attempt
package agentic.start

default allow := false

allow if {
	valid
	count(reasons) == 0
}

# A question that lacks what the rules look at must not pass for want of a match.
valid if {
	is_string(input.workload.namespace)
	is_string(input.workload.jobId)
	is_array(input.spec.targetUrls)
	count(input.spec.targetUrls) > 0
}

reasons contains "the question is incomplete: it has no workload or no target URLs" if not valid

reasons contains sprintf("job id %q has characters that it can't have", [input.workload.jobId]) if {
	not regex.match(`^[a-zA-Z0-9_-]{1,63}$`, input.workload.jobId)
}

reasons contains sprintf("%s is not an http or https URL", [url]) if {
	some url in input.spec.targetUrls
	not regex.match(`^https?://[^\s/?#@]+([/?#]\S*)?$`, url)
}

# The kubelet would put the variable in after this has judged the URL.
reasons contains sprintf("%s has $(, in whose place the kubelet would put a variable", [url]) if {
	some url in input.spec.targetUrls
	contains(url, "$(")
}

# The cloud's metadata service is never a page to read, whatever the agents' own checks say.
reasons contains sprintf("%s is a metadata service", [url]) if {
	some i, url in input.spec.targetUrls
	some name in {host(url), object.get(input, ["hosts", i], "")}
	is_metadata(name)
}

reasons contains sprintf("bucket %s is not this tenant's; it may use %s", [bucket, concat(", ", sort(allowed_buckets))]) if {
	bucket := input.spec.artifacts.bucket
	count(allowed_buckets) > 0
	not bucket in allowed_buckets
}

# The tenant's settings are the platform's: one that isn't known, or has a value that isn't, must not pass for none.
reasons contains sprintf("the tenant's setting %s is unknown: agentic-tenant may hold %s", [key, concat(", ", sort(tenant_keys))]) if {
	some key, _ in input.tenant
	not key in tenant_keys
	not startswith(key, "approvers.")
}

reasons contains sprintf("the tenant's setting approval_mode is %q: it must be auto or manual", [mode]) if {
	mode := input.tenant.approval_mode
	not mode in {"auto", "manual"}
}

reasons contains sprintf("the tenant's setting approval_policy is %q: it must be strict or permissive", [policy]) if {
	policy := input.tenant.approval_policy
	not policy in {"strict", "permissive"}
}

reasons contains sprintf("the tenant's setting min_threshold is %q: it must be a number from 0.00 to 1.00 with two decimals", [text]) if {
	text := input.tenant.min_threshold
	not regex.match(`^(0\.[0-9]{2}|1\.00)$`, text)
}

reasons contains sprintf("the tenant's setting %s has %q: it must be names with commas between", [key, name]) if {
	some key in {"allowed_templates", "allowed_buckets"}
	some name in split(replace(input.tenant[key], " ", ""), ",")
	not regex.match(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`, name)
}

reasons contains sprintf("the tenant's setting four_eyes is %q: it must be true or false", [text]) if {
	text := input.tenant.four_eyes
	not text in {"true", "false"}
}

reasons contains sprintf("the tenant's setting quorum is %q: it must be a whole number from 1 to 10", [text]) if {
	text := input.tenant.quorum
	not regex.match(`^([1-9]|10)$`, text)
}

reasons contains sprintf("the tenant's setting %s is %q: it must be groups with line breaks between", [key, text]) if {
	some key, text in input.tenant
	startswith(key, "approvers.")
	not regex.match(`^\S(.*\S)?(\n\S(.*\S)?)*$`, text)
}

# What is said of people holds only where people are asked.
person_demanded if input.tenant.approval_mode == "manual"

person_demanded if input.tenant.four_eyes == "true"

person_demanded if to_number(input.tenant.quorum) > 1

person_demanded if input.tenant[concat("", ["approvers.", input.template.name])]

reasons contains "this tenant has four eyes, and nobody says who has submitted the workload: make it anew with the annotation agentic.io/submitted-by" if {
	input.tenant.four_eyes == "true"
	not submitter_known
}

submitter_known if input.workload.submittedBy != null

reasons contains "this tenant demands that a person approves: set spec.approval.mode to manual" if {
	person_demanded
	object.get(input.spec, ["approval", "mode"], "auto") != "manual"
}

reasons contains sprintf("this tenant demands a threshold of at least %s", [input.tenant.min_threshold]) if {
	min := to_number(input.tenant.min_threshold)
	object.get(input.spec, ["approval", "mode"], "auto") == "auto"
	to_number(object.get(input.spec, ["approval", "threshold"], "0.95")) < min
}

reasons contains "this tenant demands policy strict" if {
	input.tenant.approval_policy == "strict"
	object.get(input.spec, ["approval", "mode"], "auto") == "auto"
	object.get(input.spec, ["approval", "policy"], "strict") != "strict"
}

reasons contains sprintf("template %s is not one that this tenant may run: %s", [name, input.tenant.allowed_templates]) if {
	name := input.template.name
	allowed := split(replace(input.tenant.allowed_templates, " ", ""), ",")
	not name in allowed
}

allowed_buckets contains input.tenant.minio_bucket

allowed_buckets contains bucket if {
	some bucket in split(replace(input.tenant.allowed_buckets, " ", ""), ",")
}

# Parameters of the platform, and what a tenant's workloads may ask for.
tenant_keys := {
	"minio_bucket",
	"agent_image",
	"browserless_url",
	"litellm_url",
	"object_store_url",
	"postgres_dsn",
	"otlp_url",
	"trace_prompts",
	"log_project",
	"model",
	"allowed_hosts",
	"approval_mode",
	"min_threshold",
	"approval_policy",
	"four_eyes",
	"quorum",
	"allowed_templates",
	"allowed_buckets",
	"traces_percent",
}

is_metadata(name) if name in metadata_hosts

# An IPv4 address in IPv6.
is_metadata(name) if startswith(name, "[::ffff:a9fe:")

is_metadata(name) if endswith(name, ":a9fe:a9fe]")

metadata_hosts := {
	"169.254.169.254",
	"169.254.170.2",
	"100.100.100.200",
	"[fd00:ec2::254]",
	"metadata.google.internal",
	"metadata",
}

# The host of a URL, in lower case, without its port.
host(url) := lower(regex.replace(regex.replace(url, `^https?://`, ""), `(:[0-9]+)?([/?#].*)?$`, ""))
