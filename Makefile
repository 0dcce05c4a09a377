# Every target installs what it needs first. `make help` lists them.

PROFILE := ci
CARGO := cargo
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/imgplane/tools
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
VERSITYGW_VERSION := v1.8.0
TOXIPROXY_VERSION := v2.12.0
CARGO_DENY_VERSION := 0.20.2

.PHONY: help deps test-deps lint-deps bench-deps demo build test lint bench crds audit

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

deps: ## Install the system packages that the build needs
	@./scripts/apt-need cmake:cmake nasm:nasm pkg-config:pkg-config cc:build-essential curl:curl

test-deps: deps ## Install the real servers that the tests run against
	@./scripts/apt-need nginx:nginx openssl:openssl jq:jq dnsmasq:dnsmasq-base /usr/lib/nginx/modules/ngx_http_echo_module.so:libnginx-mod-http-echo /usr/lib/nginx/modules/ngx_stream_module.so:libnginx-mod-stream
	@command -v go >/dev/null || { echo "the tests build real S3 servers with Go: install Go 1.24 or newer (https://go.dev/dl)"; exit 1; }
	@mkdir -p $(TOOLS)
	@[ -x $(TOOLS)/versitygw ] || GOBIN=$(TOOLS) go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW_VERSION)
	@[ -x $(TOOLS)/toxiproxy ] || { GOBIN=$(TOOLS) go install github.com/Shopify/toxiproxy/v2/cmd/server@$(TOXIPROXY_VERSION) && mv $(TOOLS)/server $(TOOLS)/toxiproxy; }

lint-deps: deps ## Install the linters
	@rustup component add clippy rustfmt >/dev/null 2>&1 || true
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --version $(CARGO_DENY_VERSION) --locked

bench-deps: deps ## Install the load generator, the photographs and the peers
	@./scripts/apt-need wrk:wrk taskset:util-linux cjpeg:libjpeg-turbo-progs cwebp:webp /usr/share/backgrounds/Dragonfly_by_Bolly.jpg:lomiri-wallpapers-16.04
	@python3 -c "import venv, ensurepip" 2>/dev/null || ./scripts/apt-need /nonexistent:python3-venv
	@command -v npm >/dev/null || { echo "the peer ipx needs Node 20 or newer with npm"; exit 1; }
	@./bench/peers/install $(TOOLS)/peers

demo: deps ## Build, then serve examples/demo and print the URLs to open
	$(CARGO) build --release --locked --workspace --bins
	./target/release/imgplane dev examples/demo

# Always the whole workspace: with `-p` Cargo unifies features differently and builds dependencies again.
build: deps ## Build the programs with the profile of the tests
	$(CARGO) build --profile $(PROFILE) --locked --workspace --bins

test: test-deps ## Run all tests
	$(CARGO) build --profile $(PROFILE) --locked --workspace --bins
	IMGPLANE_TOOLS=$(TOOLS) $(CARGO) test --profile $(PROFILE) --locked --workspace

lint: lint-deps ## Format, clippy, licences, generated files, house rules, links in the docs
	$(CARGO) fmt --all --check
	$(CARGO) deny --log-level error check bans licenses sources
	$(CARGO) clippy --profile $(PROFILE) --locked --workspace --all-targets -- -D warnings
	$(CARGO) build --profile $(PROFILE) --locked --workspace --bins
	./target/$(PROFILE)/crdgen --check
	$(CARGO) test -q --profile $(PROFILE) --locked --workspace --test tidy

crds: build ## Write crds/yaml from the types
	./target/$(PROFILE)/crdgen

bench: bench-deps ## Measure against the peers and write bench/RESULTS.md's tables
	$(CARGO) build --release --locked --workspace --bins
	./target/release/imgplane-bench --peers $(TOOLS)/peers $(BENCH)

audit: lint-deps ## Check the dependencies against the advisory database (open network)
	$(CARGO) deny check advisories
