package agentic.start_test

import data.agentic.start

question := {
	"workload": {"name": "w", "namespace": "tenant-demo", "jobId": "w", "labels": {}},
	"spec": {
		"objective": "compare",
		"targetUrls": ["https://example.com/", "http://shop.demo:8080/a?b=c#d"],
		"approval": {"mode": "auto", "policy": "strict", "threshold": "0.95"},
	},
	"template": {"name": "visual-analysis-template", "clusterScope": false},
	"parameters": {},
	"tenant": {"minio_bucket": "artifacts"},
	"attempt": 0,
}

with_spec(changes) := object.union(question, {"spec": object.union(question.spec, changes)})

with_tenant(changes) := object.union(question, {"tenant": object.union(question.tenant, changes)})

refused_for(asked, text) if {
	not start.allow with input as asked
	some reason in start.reasons with input as asked
	contains(reason, text)
}

test_an_ordinary_workload_may_start if {
	start.allow with input as question
	start.reasons == set() with input as question
}

test_a_namespace_without_a_tenant_may_start if start.allow with input as object.union(question, {"tenant": null})

test_an_empty_question_is_refused if refused_for({}, "incomplete")

test_no_question_is_refused if not start.allow

test_no_urls_are_refused if refused_for(with_spec({"targetUrls": []}), "incomplete")

test_urls_that_are_no_list_are_refused if refused_for(with_spec({"targetUrls": "https://example.com"}), "incomplete")

test_job_ids_that_climb_are_refused if {
	every id in ["../x", "a/b", "", "a b", "{{x}}"] {
		refused_for(object.union(question, {"workload": {"jobId": id}}), "characters")
	}
}

test_other_schemes_are_refused if {
	every url in ["ftp://example.com/", "file:///etc/passwd", "https://", "//example.com", "https://a:b@example.com/"] {
		refused_for(with_spec({"targetUrls": [url]}), "is not an http or https URL")
	}
}

test_one_bad_url_among_good_ones_is_refused if {
	refused_for(with_spec({"targetUrls": ["https://example.com/", "gopher://x"]}), "gopher://x")
}

test_variables_in_urls_are_refused if {
	refused_for(with_spec({"targetUrls": ["http://$(OBJECTIVE)/latest/meta-data/"]}), "the kubelet would put a variable")
	start.allow with input as with_spec({"targetUrls": ["https://example.com/?price=$5"]})
}

test_metadata_services_are_refused if {
	every url in [
		"http://169.254.169.254/latest/meta-data/",
		"http://169.254.169.254:80",
		"https://METADATA.google.internal/computeMetadata/v1/",
		"http://[fd00:ec2::254]/latest",
		"http://[fd00:ec2::254]:80/latest",
		"http://100.100.100.200?x",
	] {
		refused_for(with_spec({"targetUrls": [url]}), "is a metadata service")
	}
}

test_metadata_services_are_refused_in_any_form if {
	every name in ["169.254.169.254", "metadata.google.internal", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]"] {
		refused_for(
			object.union(with_spec({"targetUrls": ["http://0xa9fea9fe/"]}), {"hosts": [name]}),
			"http://0xa9fea9fe/ is a metadata service",
		)
	}
}

test_hosts_that_only_begin_like_one_pass if {
	start.allow with input as object.union(with_spec({"targetUrls": ["http://[2001:db8::a9fe]/"]}), {"hosts": ["[2001:db8::a9fe]"]})
	start.allow with input as with_spec({"targetUrls": ["https://metadata.example.com/"]})
}

test_the_tenants_bucket_passes if start.allow with input as with_spec({"artifacts": {"bucket": "artifacts"}})

test_another_bucket_is_refused if {
	refused_for(with_spec({"artifacts": {"bucket": "others"}}), "is not this tenant's; it may use artifacts")
}

test_a_bucket_on_the_tenants_list_passes if {
	asked := object.union(with_tenant({"allowed_buckets": "one, two"}), {"spec": {"artifacts": {"bucket": "two"}}})
	start.allow with input as asked
}

test_any_bucket_passes_where_none_is_named if {
	start.allow with input as object.union(with_spec({"artifacts": {"bucket": "any"}}), {"tenant": null})
}

test_a_tenant_may_demand_persons if {
	refused_for(with_tenant({"approval_mode": "manual"}), "a person approves")
	asked := object.union(with_tenant({"approval_mode": "manual"}), {"spec": {"approval": {"mode": "manual"}}})
	start.allow with input as asked
}

test_a_tenant_may_demand_persons_of_those_who_say_nothing if {
	asked := object.union(with_tenant({"approval_mode": "manual"}), {"spec": {"approval": {"mode": "auto"}}})
	refused_for(object.remove(asked, ["approval"]), "a person approves")
}

test_a_tenant_may_demand_a_threshold if {
	tenant := with_tenant({"min_threshold": "0.90"})
	start.allow with input as tenant
	refused_for(object.union(tenant, {"spec": {"approval": {"threshold": "0.89"}}}), "at least 0.90")
	start.allow with input as object.union(tenant, {"spec": {"approval": {"mode": "manual", "threshold": "0.10"}}})
}

test_a_tenant_may_demand_policy_strict if {
	tenant := with_tenant({"approval_policy": "strict"})
	start.allow with input as tenant
	refused_for(object.union(tenant, {"spec": {"approval": {"policy": "permissive"}}}), "policy strict")
}

test_a_tenant_may_list_its_templates if {
	tenant := with_tenant({"allowed_templates": "one, visual-analysis-template"})
	start.allow with input as tenant
	refused_for(object.union(tenant, {"template": {"name": "other"}}), "template other")
}

test_misspelt_settings_are_refused if {
	refused_for(with_tenant({"approval_mode": "Manual"}), "approval_mode is \"Manual\": it must be auto or manual")
	refused_for(with_tenant({"approval_mode": ""}), "it must be auto or manual")
	refused_for(with_tenant({"approval_policy": "srict"}), "it must be strict or permissive")
	refused_for(with_tenant({"min_threshold": "0,9"}), "from 0.00 to 1.00")
	refused_for(with_tenant({"min_threshold": ".9"}), "from 0.00 to 1.00")
	refused_for(with_tenant({"allowed_templates": "a;b"}), "names with commas between")
	refused_for(with_tenant({"allowed_templates": ""}), "names with commas between")
	refused_for(with_tenant({"allowed_buckets": "a,,b"}), "names with commas between")
}

test_unknown_settings_are_refused if {
	refused_for(with_tenant({"aproval_mode": "manual"}), "the tenant's setting aproval_mode is unknown")
}

test_settings_that_demand_nothing_pass if {
	start.allow with input as with_tenant({"approval_mode": "auto", "approval_policy": "permissive", "min_threshold": "0.00"})
}

test_rules_about_people_demand_a_person if {
	every rules in [
		{"four_eyes": "true"},
		{"quorum": "2"},
		{"approvers.visual-analysis-template": "reviewers"},
	] {
		refused_for(with_tenant(rules), "set spec.approval.mode to manual")
	}
	start.allow with input as with_tenant({"four_eyes": "false", "quorum": "1", "approvers.other": "reviewers"})
}

test_four_eyes_demand_that_a_workload_says_who_submits_it if {
	rules := object.union(with_tenant({"four_eyes": "true"}), {"spec": {"approval": {"mode": "manual"}}})
	refused_for(rules, "nobody says who has submitted the workload")
	refused_for(object.union(rules, {"workload": {"submittedBy": null}}), "nobody says who has submitted")
	start.allow with input as object.union(rules, {"workload": {"submittedBy": "ann"}})
}

test_misspelt_rules_about_people_are_refused if {
	every rules in [
		{"four_eyes": "yes"},
		{"four_eyes": ""},
		{"quorum": "0"},
		{"quorum": "two"},
		{"quorum": "11"},
		{"approvers.x": ""},
		{"approvers.x": "a\n\nb"},
		{"approver.x": "a"},
	] {
		refused_for(with_tenant(rules), "the tenant's setting")
	}
	start.allow with input as with_tenant({"approvers.x": "a b\ncn=legal,ou=acme"})
}
