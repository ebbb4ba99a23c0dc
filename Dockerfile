# The project in an image, with tshark, for one machine: docs/container.md says how to build and run it.
# Of the base the tag is fixed and not the digest: this file was written without access to a registry.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /ecnet
COPY requirements.hashes requirements.lock ./
# As `make install` does, without tools that check the code. First setuptools, which builds the
# packages that have no wheel. PyTorch comes from its own index, with its version fixed.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python3 -m venv /opt/venv \
    && sed -n '/^setuptools==/,/[^\\]$/p' requirements.hashes > /tmp/first \
    && sed -E '/^(hypothesis|mypy|ruff|zizmor)==/,/[^\\]$/d' requirements.hashes > /tmp/rest \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement /tmp/first \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes --no-build-isolation --requirement /tmp/rest \
    && /opt/venv/bin/pip install --no-cache-dir --index-url "${TORCH_INDEX}" "$(grep '^torch==' requirements.lock)"
COPY . .
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && /opt/venv/bin/pip uninstall --yes pip

FROM ${BASE}
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        libgomp1 python3 tshark \
    && rm -rf /var/lib/apt/lists/*
ARG UID=1000
RUN useradd --uid "${UID}" --create-home ecnet
COPY --from=build /opt/venv /opt/venv
COPY --from=build --chown=ecnet:ecnet /ecnet /ecnet
RUN install --directory --owner ecnet --group ecnet /ecnet /ecnet/data /ecnet/results
ENV PATH=/opt/venv/bin:$PATH
USER ecnet
WORKDIR /ecnet
CMD ["snakemake", "--cores", "all", "results/tables", "results/figures"]
