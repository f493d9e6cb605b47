# `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/k8s-web
EMBEDDED := $(CACHE)/bin/embedded
ACTIONLINT := $(CACHE)/bin/actionlint-1.7.12
PROMTOOL := $(CACHE)/bin/promtool
KUBE_SCORE := $(CACHE)/bin/kube-score-1.20.0
SYFT := $(CACHE)/bin/syft-1.57.1
SKIPPER := $(CACHE)/bin/skipper
MOTO := $(CACHE)/bin/moto-5.2.5
PIP_AUDIT := $(CACHE)/bin/pip-audit-2.10.1
STACK := dev
OUT := dist/sbom
# Files that say that they are scripts, by name or first line: none can be forgotten.
SCRIPTS = $(shell git ls-files -z --cached --others --exclude-standard | xargs -0 awk 'FNR > 1 { nextfile } /^\#!.*[\/ ](ba|da)?sh$$|^\# shellcheck shell=/ || FILENAME ~ /\.sh$$/ { print FILENAME }')
DOCKERFILES = $(shell git ls-files --cached --others --exclude-standard '*Dockerfile')

# Go's own caches lie with ours, so that `make clean` finds them.
export GOPATH := $(CACHE)/go
export GOMODCACHE := $(CACHE)/go/mod
export GOCACHE := $(CACHE)/go/build
# As the tools are built, so that what is compiled once serves for tests too.
export GOFLAGS := -trimpath -buildvcs=false
export CGO_ENABLED := 0

# The embedded cluster's kubeconfig, tools and Pulumi settings, for one recipe line.
IN_ENV = eval "$$($(EMBEDDED) env)" &&
PULUMI = $(IN_ENV) pulumi --non-interactive
# What a killed run left half-way; mostly nothing.
RECOVER = $(IN_ENV) npm run -s recover -- --stack $(STACK)

.PHONY: help
help: ## list what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS=$$'\t' read -r name what; do printf '  make %-15s %s\n' "$$name" "$$what"; done

# The stack on the embedded cluster

.PHONY: up
up: cluster-up ## bring everything up, from a bare machine to the running stack, and print its address; NODES=<n> nodes
	@$(IN_ENV) pulumi stack select $(STACK)
	@$(RECOVER)
	@$(PULUMI) up --stack $(STACK) --policy-pack policies --yes --skip-preview --suppress-outputs
	@$(IN_ENV) url=$$(pulumi stack output --stack $(STACK) url) && \
	  node -e 'fetch(process.argv[1]).then((r) => { if (!r.ok) throw new Error("HTTP " + r.status); }).catch((e) => { console.error(process.argv[1] + " does not answer: " + e.message + (e.cause ? " (" + e.cause.message + ")" : "") + ". Next: make status"); process.exit(1); })' "$$url" && \
	  printf '\nThe stack runs and answers: %s\n' "$$url"

.PHONY: metrics
metrics: METRICS = on
metrics: cluster-up ## `make up` with exporters beside the servers, and a Prometheus that scrapes them
	@$(IN_ENV) pulumi config set --stack $(STACK) --path k8s-web:metrics.enabled true
	@$(MAKE) up
	@$(IN_ENV) kubectl apply -k monitoring >/dev/null
	@$(IN_ENV) kubectl -n monitoring rollout status deployment/prometheus --timeout=3m >/dev/null
	@printf 'Prometheus runs too. To look at it: kubectl -n monitoring port-forward svc/prometheus 9090, http://127.0.0.1:9090\n'

.PHONY: preview
preview: cluster-up ## show what `make up` would change
	@$(PULUMI) preview --stack $(STACK) --policy-pack policies --diff

.PHONY: destroy
destroy: cluster-up ## delete the stack's objects from the cluster; data directories stay
	@$(RECOVER)
	@$(PULUMI) destroy --stack $(STACK) --yes --skip-preview

# The embedded cluster

.PHONY: cluster-up
cluster-up: node_modules $(EMBEDDED)
	@$(EMBEDDED) up $(if $(NODES),--nodes $(NODES)) $(if $(METRICS),--metrics $(METRICS))
	@$(EMBEDDED) config --stack $(STACK)

.PHONY: down
down: $(EMBEDDED) ## stop everything; all data stays
	@$(EMBEDDED) down

.PHONY: status
status: $(EMBEDDED) ## show what runs and what doesn't
	@$(EMBEDDED) status

.PHONY: logs
logs: $(EMBEDDED) ## show logs; WHAT=<component or pod> for one of them
	@$(EMBEDDED) logs $(WHAT)

.PHONY: env
env: $(EMBEDDED) ## print the shell's settings for kubectl and pulumi: eval "$(make -s env)"
	@$(EMBEDDED) env

.PHONY: clean
clean: $(EMBEDDED) ## remove everything that was ever made on this machine, data and tools too
	@$(EMBEDDED) clean
	@rm -rf node_modules docker/dabaweb/.venv

# Checks

.PHONY: test
test: METRICS = on
test: lint test-unit test-app test-go test-e2e drills ## check all that a stack is and promises, as CI does

.PHONY: test-all
test-all: test test-embedded test-stacks ## run every check there is, as before a release

.PHONY: lint
lint: node_modules docker/dabaweb/.venv /usr/bin/shellcheck $(ACTIONLINT) $(KUBE_SCORE) $(PROMTOOL) ## check types, style, format, Dockerfiles and manifests
	@npm run -s lint
	@KUBE_SCORE=$(KUBE_SCORE) npm run -s score
	@docker/dabaweb/.venv/bin/hadolint $(DOCKERFILES)
	@shellcheck -x $(SCRIPTS)
	@$(ACTIONLINT) -shellcheck /usr/bin/shellcheck -pyflakes=
	@$(PROMTOOL) test rules monitoring/rules.test.yaml >/dev/null
	@cd docker/dabaweb && .venv/bin/ruff check --quiet . ../../bench --config pyproject.toml && .venv/bin/ruff format --check --quiet . ../../bench --config pyproject.toml

.PHONY: audit
audit: node_modules $(PIP_AUDIT) ## ask npm and PyPI for known vulnerabilities of the packages in use
	@npm audit
	@$(PIP_AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip --requirement docker/dabaweb/requirements.txt --requirement docker/dabaweb/requirements-dev.txt

.PHONY: sbom
sbom: node_modules $(EMBEDDED) $(SYFT) ## list the packages of the running stack's images, a file an image; OUT=<folder>
	@$(IN_ENV) SYFT=$(SYFT) npm run -s sbom -- --stack $(STACK) --out $(OUT)

.PHONY: test-unit
test-unit: node_modules ## check the program's shape with Pulumi mocks, under a minute
	@npm test

.PHONY: test-app
test-app: docker/dabaweb/.venv ## run the application's own tests
	@cd docker/dabaweb && .venv/bin/python -m pytest

.PHONY: test-go
test-go: ## test the code in embedded/, without a cluster
	@cd embedded/cluster && test -z "$$(gofmt -l .)" && go vet ./... && go test ./...
	@cd embedded/pulumi && test -z "$$(gofmt -l .)" && go vet ./... && go test ./...

.PHONY: test-embedded
test-embedded: cluster-up test-go ## test what stands in for Pulumi's plugins on the embedded cluster, and the cluster's own life, faults included
	@$(IN_ENV) cd embedded/pulumi && K8S_WEB_TEST_KUBECONFIG=$$KUBECONFIG go test ./contract
	@embedded/cluster/tests/lifecycle.sh $(EMBEDDED)

.PHONY: test-e2e
test-e2e: METRICS = on
test-e2e: cluster-up /usr/bin/chromium $(SYFT) ## test a stack of its own on the embedded cluster, faults included
	@$(IN_ENV) SYFT=$(SYFT) npm run -s test:e2e

.PHONY: test-stacks
test-stacks: cluster-up /usr/bin/chromium /usr/bin/openssl $(MOTO) $(SKIPPER) ## test stacks in other settings, on several nodes, programs of others, and how fast a run without changes is
	@$(IN_ENV) MOTO_SERVER=$(MOTO)/bin/moto_server SKIPPER=$(SKIPPER) npm run -s test:stacks

.PHONY: drills
drills: cluster-up ## break a stack of its own again and again, and print what was left; RESULTS=<file> keeps the table
	@$(IN_ENV) npm run -s test:drills

.PHONY: bench
bench: node_modules $(EMBEDDED) ## measure the running stack's pages against the seed's way of running; RESULTS=<file> keeps the table
	@$(IN_ENV) npm run -s bench -- --stack $(STACK)

# What the above need

node_modules: package.json package-lock.json
	@echo "Installing the packages of package-lock.json"
	@npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch node_modules

docker/dabaweb/.venv: docker/dabaweb/requirements-dev.txt
	@echo "Installing the application's packages"
	@python3 -m venv $@ && $@/bin/pip install -q -r docker/dabaweb/requirements-dev.txt
	@touch $@

# The browser that the tests drive, what makes certificates for them, and the linter of scripts.
/usr/bin/chromium /usr/bin/openssl /usr/bin/shellcheck:
	@echo "Installing Debian's $(@F)"
	@apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $(@F) >/dev/null

# The linters of workflows and manifests, and what reads images.
$(ACTIONLINT): COMMAND = github.com/rhysd/actionlint/cmd/actionlint
$(KUBE_SCORE): COMMAND = github.com/zegl/kube-score/cmd/kube-score
$(SYFT): COMMAND = github.com/anchore/syft/cmd/syft
$(ACTIONLINT) $(KUBE_SCORE) $(SYFT):
	@echo "Building $(@F)"
	@GOBIN=$(@D) go install $(COMMAND)@v$(lastword $(subst -, ,$@))
	@mv $(@D)/$(notdir $(COMMAND)) $@

# An ingress controller, for tests. Not every mirror lists its versions, as `go install` would have it.
$(SKIPPER): tests/support/skipper/go.mod
	@echo "Building $(@F)"
	@go build -C $(<D) -o $@ github.com/zalando/skipper/cmd/skipper

# Storage with the protocol of S3, for tests.
$(MOTO):
	@echo "Installing $(@F)"
	@python3 -m venv $@ && $@/bin/pip install -q 'moto[s3,server]==$(lastword $(subst -, ,$@))' || { rm -rf $@; exit 1; }

$(PIP_AUDIT):
	@python3 -m venv $@ && $@/bin/pip install -q pip-audit==$(lastword $(subst -, ,$@)) || { rm -rf $@; exit 1; }

# The checker of Prometheus' rules, out of Debian's package: installing that would start a server.
$(PROMTOOL):
	@echo "Getting Debian's $(@F)"
	@mkdir -p $@.new && cd $@.new && apt-get -qq -o APT::Sandbox::User=root download prometheus && dpkg-deb -x prometheus_*.deb .
	@mv $@.new/usr/bin/promtool $@ && rm -rf $@.new

# Go knows what changed; it is quick when nothing did.
.PHONY: $(EMBEDDED)
$(EMBEDDED):
	@[ -x $@ ] || echo "Building the embedded cluster's command"
	@go build -C embedded/cluster -o $@ ./cmd/embedded
