#!/bin/bash
# Calibrates the calorimeters of one segment: calor.sh INPUT OUTPUT. A stand-in for the software of the experiment.
set -eu
sed 's/^events/calibrated events/' "$1" >"$2.part"
mv "$2.part" "$2"
