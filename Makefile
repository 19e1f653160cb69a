# The whole platform from one checkout. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# Compiled JavaScript is kept between runs: the Pulumi SDK alone takes a second to compile.
export NODE_COMPILE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/agentic-platform/node-compile
CLI := node embedded/cli/main.ts
PACKAGES := $(wildcard package.json package-lock.json */package.json embedded/engine/package.json)

.PHONY: help up down status rotate env render preview console dashboards policy clean test attack bench setup

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { gsub(/\$$\$$/, "$$", $$2); printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Settings: WORKLOAD=file another workload for up · INSTANCE=name another instance · STACK=name another stack · BUNDLE=folder image archives, database of vulnerabilities · IMAGES=pull from image registries (MIRRORS=folder of containerd hosts.toml) · EGRESS=1 pods may reach the internet · SANDBOX=1 agents and browsers run in gVisor · SIGSTORE=1 accounts of the cluster sign images"

up: setup ## bring everything up on this machine and run a sample AgentWorkload to its report
	@$(CLI) up

down: setup ## stop the instance; its data stay
	@$(CLI) down

status: setup ## show the node, the platform and the workloads
	@$(CLI) status

rotate: setup ## change every password and token while everything runs; ONLY="events postgres" some; FINISH=1 ends what others hold
	@$(CLI) rotate

env: setup ## print shell lines for KUBECONFIG and PATH: eval "$$(make -s env)"
	@$(CLI) env

render: setup ## write the platform as one YAML file per object to out/render
	@$(CLI) render

preview: setup ## show what up would create, update and delete, and change nothing
	@$(CLI) preview

console: setup ## open the console, signed in as the demo user
	@$(CLI) console

dashboards: setup ## write a page of what the instance's metrics show
	@$(CLI) dashboards

policy: setup ## check the program against the policy pack
	@$(CLI) policy

clean: setup ## stop the instance and delete its data
	@$(CLI) clean

test: setup ## run every test, of the real platform too
	@node test/run.ts

attack: setup ## try every attack of docs/threat-model.md, those on the real platform too
	@vitest run --project attack --project attack-node

bench: setup ## measure, and print medians
	@node test/bench/all.ts

setup: node_modules/.installed

# npm ci leaves exactly what the lock file says; its output matters only when it fails.
node_modules/.installed: $(PACKAGES)
	@command -v npm >/dev/null || { echo "Installing npm from Debian" >&2; apt-get install -y -qq npm >&2; }
	@echo "Installing the npm packages of the lock file (about 1 minute)" >&2
	@npm ci --no-progress --loglevel=error >&2
	@touch $@
