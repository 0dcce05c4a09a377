# syntax=docker/dockerfile:1
# The images of imgplane, each a program on an empty root with no shell:
#
#   docker build --target operator  -t imgplane/operator  .
#   docker build --target dataplane -t imgplane/dataplane .
#
# scripts/images assembles the same content without Docker, for the node of scripts/cluster.

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cmake nasm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Both programs in one call: the dependencies that they share are built once. The cache mounts keep what was built
# for the next call, and are no part of the image, so the programs are copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package imgplane-operator --package imgplane-dataplane \
    && mkdir /programs \
    && cp target/release/imgplane-operator target/release/imgplane-dataplane /programs/

FROM gcr.io/distroless/cc-debian12:nonroot AS operator
COPY --from=build /programs/imgplane-operator /usr/local/bin/imgplane-operator
# In numbers, because the restricted Pod Security profile cannot judge a name.
USER 65532:65532
EXPOSE 8081
ENTRYPOINT ["/usr/local/bin/imgplane-operator"]

FROM gcr.io/distroless/cc-debian12:nonroot AS dataplane
COPY --from=build /programs/imgplane-dataplane /usr/local/bin/imgplane-dataplane
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/local/bin/imgplane-dataplane"]
