# One image for every twin, from the static binary that `make image TWIN=slack` builds first.
# It holds that binary and nothing else, runs as nobody, and keeps its state in /data when something is mounted there.
FROM scratch
ARG TWIN=slack
COPY dist/image/${TWIN}-twin /twin
COPY --chown=65532:65532 dist/image/data /data
ENV TWIN_ADDR=0.0.0.0:7000 TWIN_DATA=mounted:/data
EXPOSE 7000
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s CMD ["/twin", "health"]
ENTRYPOINT ["/twin"]
