#!/bin/bash
# Builds the events of one segment: event.sh RUN SEGMENT. A stand-in for the software of the experiment.
set -eu
mkdir -p "$(dirname "$CMCOMPILE_OUTPUTS")"
# Another name until it is whole: what has its own name is taken for done.
printf 'events of run %s, segment %s\n' "$1" "$2" >"$CMCOMPILE_OUTPUTS.part"
mv "$CMCOMPILE_OUTPUTS.part" "$CMCOMPILE_OUTPUTS"
