# Every target installs what it needs first. `make help` lists them.

PROFILE := ci
CARGO := cargo
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/imgplane/tools
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ_VERSION := 0.13.2

# Further arguments of `make e2e`, `make bench` and `make bench-origins`, and how long `make soak` goes on.
E2E :=
MINUTES := 60
KILLS := 200
BENCH :=
# How long `make fuzz` runs each target, and which; all of them unless named.
SECONDS := 1200
TARGETS :=

.PHONY: help deps test-deps lint-deps bench-deps cluster-deps demo build test lint gallery bench bench-photos bench-operations bench-origins \
	bench-cache bench-fair bench-operator bench-shrink bench-urls crds audit images cluster cluster-down e2e e2e-gitops e2e-hpa soak soak-cache soak-mixed \
	soak-memory fuzz

help: ## List the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

deps: ## Install the system packages that the build needs
	@./scripts/apt-need cmake:cmake nasm:nasm pkg-config:pkg-config cc:build-essential curl:curl

test-deps: deps ## Install the real servers that the tests run against
	@./scripts/apt-need lua5.1:lua5.1 nginx:nginx openssl:openssl jq:jq dnsmasq:dnsmasq-base valgrind:valgrind /usr/lib/nginx/modules/ngx_http_echo_module.so:libnginx-mod-http-echo /usr/lib/nginx/modules/ngx_stream_module.so:libnginx-mod-stream
	@python3 -c "import venv, ensurepip" 2>/dev/null || ./scripts/apt-need /nonexistent:python3-venv
	@IMGPLANE_TOOLS=$(TOOLS) ./scripts/install-tools etcd kube-apiserver kubectl helm versitygw fake-gcs-server azurite toxiproxy sdks

lint-deps: deps ## Install the linters
	@rustup component add clippy rustfmt >/dev/null 2>&1 || true
	@# Unoptimised it compiles in 2.5 minutes of one core, and runs for 5 seconds.
	@command -v cargo-deny >/dev/null || CARGO_PROFILE_DEV_DEBUG=none $(CARGO) install cargo-deny --version $(CARGO_DENY_VERSION) --locked --debug

bench-photos:
	@./scripts/apt-need taskset:util-linux cjpeg:libjpeg-turbo-progs /usr/share/backgrounds/Dragonfly_by_Bolly.jpg:lomiri-wallpapers-16.04

# OXIMG=0 leaves out oximg, which compiles for 10 minutes, once.
bench-deps: deps bench-photos ## Install the photographs and the peers
	@./scripts/apt-need cwebp:webp /usr/lib/$(shell uname -m)-linux-gnu/libjemalloc.so.2:libjemalloc2
	@python3 -c "import venv, ensurepip" 2>/dev/null || ./scripts/apt-need /nonexistent:python3-venv
	@command -v npm >/dev/null || { echo "the peer ipx needs Node 20 or newer with npm"; exit 1; }
	@./bench/peers/install $(TOOLS)/peers

cluster-deps: test-deps ## Install what a Kubernetes node on this machine consists of
	@./scripts/apt-need containerd:containerd runc:runc /usr/lib/cni/ptp:containernetworking-plugins iptables:iptables conntrack:conntrack ipset:ipset ethtool:ethtool ip:iproute2 nsenter:util-linux socat:socat
	@IMGPLANE_TOOLS=$(TOOLS) ./scripts/install-tools node etcd coredns helm versitygw

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

crds: build test-deps ## Write crds/yaml, its copies and docs/crds.md from the types
	./target/$(PROFILE)/crdgen
	UPDATE=1 IMGPLANE_TOOLS=$(TOOLS) $(CARGO) test -q --profile $(PROFILE) --locked --workspace --test chart charts_definitions
	UPDATE=1 IMGPLANE_TOOLS=$(TOOLS) $(CARGO) test -q --profile $(PROFILE) --locked --workspace --test chart plain_manifests

images: build cluster-deps ## Write the images to target/images, without Docker
	IMGPLANE_TOOLS=$(TOOLS) PROFILE=$(PROFILE) ./scripts/images

cluster: images ## Run a one-node cluster on this machine with imgplane on it (or use KUBECONFIG)
	IMGPLANE_TOOLS=$(TOOLS) ./scripts/cluster-demo

cluster-down: ## End that cluster and remove every trace of it
	./scripts/cluster down

e2e: images ## Run the scenarios on a real cluster; E2E=--core for the core ones, E2E='NAME' for some
	IMGPLANE_TOOLS=$(TOOLS) PROFILE=$(PROFILE) ./scripts/e2e $(E2E)

e2e-gitops: images ## Run the scenarios with a real Argo CD
	IMGPLANE_TOOLS=$(TOOLS) PROFILE=$(PROFILE) ./scripts/e2e --gitops $(E2E)

e2e-hpa: images ## Run the scenarios with a real metrics-server (10 to 20 min)
	IMGPLANE_TOOLS=$(TOOLS) ./scripts/install-tools metrics-server
	IMGPLANE_TOOLS=$(TOOLS) ./scripts/images metrics-server
	IMGPLANE_TOOLS=$(TOOLS) PROFILE=$(PROFILE) ./scripts/e2e --hpa $(E2E)

soak: images ## Change everything under a steady load for MINUTES (60)
	IMGPLANE_TOOLS=$(TOOLS) PROFILE=$(PROFILE) ./scripts/e2e --soak $(MINUTES) $(E2E)

soak-cache: deps ## Kill a server with a cache on disk KILLS (200) times while it writes, and check every byte after it
	IMGPLANE_KILLS=$(KILLS) $(CARGO) test --profile $(PROFILE) --locked --workspace --test delivery however_often -- --nocapture

soak-mixed: deps ## Run mixed jobs on one server for MINUTES (60) and see that its memory stays as it is
	$(CARGO) build --profile $(PROFILE) --locked --workspace --bins
	./target/$(PROFILE)/imgplane-bench --soak $(MINUTES)

soak-memory: deps ## Ask a server with 512 MB for the largest pictures, 200 at once (15 min, needs root)
	@./scripts/apt-need unshare:util-linux mount:mount
	$(CARGO) build --profile $(PROFILE) --locked --workspace --bins
	./target/$(PROFILE)/imgplane-bench --crowd

fuzz: deps ## Look for URLs, pictures and fonts that break a rule, SECONDS (1200) for each of TARGETS (all)
	@command -v cargo-fuzz >/dev/null || $(CARGO) install cargo-fuzz --version $(CARGO_FUZZ_VERSION) --locked
	UPDATE=1 $(CARGO) test -q --profile $(PROFILE) --locked --workspace --test corpora
	./scripts/fuzz $(SECONDS) $(TARGETS)

gallery: deps ## Draw every operation on the demo's photographs into target/gallery, with a page that shows them
	$(CARGO) build --profile $(PROFILE) --locked --workspace --example gallery
	./target/$(PROFILE)/examples/gallery examples/demo/volumes/photos target/gallery

bench: bench-deps ## Measure against the peers and print bench/RESULTS.md's tables (2 h 45)
	$(CARGO) build --release --locked --workspace --bins
	./target/release/imgplane-bench --peers $(TOOLS)/peers $(BENCH)

bench-operations: deps bench-photos ## Measure what each operation costs (6 min)
	$(CARGO) build --release --locked --workspace --bins
	./target/release/imgplane-bench --operations --peers $(TOOLS)/peers $(BENCH)

# In a network of its own, because the connections of all processes in it are counted.
bench-origins: test-deps ## Measure what passing a file through costs, by type of origin, beside nginx (15 min)
	@./scripts/apt-need wrk:wrk taskset:util-linux unshare:util-linux ip:iproute2
	$(CARGO) build --release --locked --workspace --bins
	IMGPLANE_TOOLS=$(TOOLS) unshare --map-root-user --net sh -c 'ip link set lo up && exec "$$@"' sh \
		./target/release/imgplane-bench --origins $(BENCH)

bench-cache: deps ## Measure what a kept picture costs, beside nginx and Varnish (5 min)
	@./scripts/apt-need nginx:nginx varnishd:varnish wrk:wrk taskset:util-linux pgrep:procps unshare:util-linux ip:iproute2
	$(CARGO) build --release --locked --workspace --bins
	ulimit -n 16384 && unshare --map-root-user --net sh -c 'ip link set lo up && exec "$$@"' sh \
		./target/release/imgplane-bench --cached --connections 64,4096 $(BENCH)

bench-fair: deps ## Measure what a quiet endpoint notices of flooded ones (2 min)
	@./scripts/apt-need wrk:wrk taskset:util-linux
	$(CARGO) build --release --locked --workspace --bins
	./target/release/imgplane-bench --fair --seconds 40 $(BENCH)

bench-urls: deps ## Measure what reading a URL costs
	$(CARGO) build --release --locked --workspace --bins
	./target/release/imgplane-bench --urls

bench-shrink: deps bench-photos ## Measure what shrinking in the decoder costs in quality, on 60 photographs (15 min)
	@./scripts/apt-need \
		/usr/share/backgrounds/Kleiber_by_Lukas_Baubkus.jpg:lomiri-wallpapers-20.04 \
		/usr/share/backgrounds/mate/nature/Wood.jpg:mate-backgrounds \
		/usr/share/backgrounds/the-mouse.jpg:ukui-wallpapers \
		/usr/share/wallpapers/Shell/contents/images/5120x2880.jpg:plasma-workspace-wallpapers
	$(CARGO) build --release --locked --workspace --bins
	./target/release/imgplane-bench --shrink $(BENCH)

bench-operator: build test-deps ## Measure changes alone and among 10,000 endpoints, on a real API server (15 min)
	IMGPLANE_TOOLS=$(TOOLS) $(CARGO) test --profile $(PROFILE) --locked --workspace --test operator -- --ignored --nocapture

audit: lint-deps ## Check the dependencies against the advisory database (open network)
	$(CARGO) deny check advisories
