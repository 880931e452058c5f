#!/bin/bash
# batch/slurm/2, compiled from campaigns/batch/campaign.yaml: edit that, not this
# bash 2.sh JOB runs one job of 2.jobs.tsv; without JOB, that of $SLURM_ARRAY_TASK_ID.
set -u
table=2.jobs.tsv
width=7

stop() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 91
}

here=$(cd -- "$(dirname -- "$0")" && pwd -P) || stop "its directory is gone"
job=${1:-${SLURM_ARRAY_TASK_ID:-}}
case $job in
'' | 0* | *[!0123456789]* | ??????????*) stop "which job? '$job' is no number" ;;
esac
row=$(sed -n "$((job + 1)){p;q;}" "$here/$table") || stop "$table can't be read"
fields=()
rest=$row$'\t'
while [[ -n $rest ]]; do
    fields+=("${rest%%$'\t'*}")
    rest=${rest#*$'\t'}
done
[[ ${#fields[@]} -eq $width && ${fields[0]} == "$job" ]] || stop "$table has no job $job"
export JOB_run=${fields[1]}
export JOB_segment=${fields[2]}
outputs=${fields[3]}
inputs=${fields[4]}
log=${fields[5]}
command=${fields[6]}

run=${CMCOMPILE_RUN:-}
if [[ -r $here/run.txt ]]; then IFS= read -r run <"$here/run.txt" || stop "run.txt can't be read"; fi
[[ -n $run ]] || stop "no run.txt says which run this is"
spool=$here/signals
work=$here/work/$job
mkdir -p -- "$spool" "$work" "$here/logs" || stop "$here can't be written to"
cd -- "$work" || stop "$work can't be entered"
# A directory is made by one start alone, on shared disks too: two starts at once have numbers of their own.
try=1
until mkdir -- ".try.$try" 2>/dev/null; do
    [[ -d .try.$try ]] || stop "$work can't be written to"
    try=$((try + 1))
done
if [[ -n $log ]]; then
    [[ $log == /* ]] || log=$here/$log
    mkdir -p -- "$(dirname -- "$log")" || stop "the directory of $log can't be made"
    exec >>"$log" || stop "$log can't be written to"
fi
exec 2>&1 </dev/null

export CMCOMPILE_JOB=$job CMCOMPILE_RUN=$run CMCOMPILE_SIGNALS=$spool CMCOMPILE_TRY=$try
export CMCOMPILE_SUBMIT=$here CMCOMPILE_OUTPUTS=$outputs CMCOMPILE_INPUTS=$inputs
[[ -e macros || -L macros ]] || ln -sn -- "$here"/macros macros || [[ -L macros ]] || stop 'macros can'"'"'t be linked'
[[ -e run.sh || -L run.sh ]] || ln -sn -- "$here"/run.sh run.sh || [[ -L run.sh ]] || stop 'run.sh can'"'"'t be linked'

quoted() {
    local text=${1//[[:cntrl:]]/ }
    text=${text//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# A signal: one file, whole or not there. A job does not fail because it can't say how it goes.
say() {
    local name text
    name=$job-$(date +%s%N)-$(od -An -N8 -tx8 /dev/urandom | tr -d ' \n').json
    text="{\"v\": 1, \"run\": $(quoted "$run"), \"job\": $job, \"kind\": \"$1\""
    text+=", \"at\": \"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)\", \"node\": $(quoted "$node")"
    text+=", \"try\": $try$2}"
    if ! printf '%s\n' "$text" >"$spool/.$name.part" || ! mv -- "$spool/.$name.part" "$spool/$name"; then
        printf 'the signal can not be written to %s\n' "$spool"
    fi
}

node=$(uname -n)
told=
child=
pass_on() {
    told=$1
    [[ -z $child ]] || kill -s "$1" -- "-$child" 2>/dev/null
}
for name in TERM INT USR1 USR2 XCPU; do
    # shellcheck disable=SC2064  # the name is meant as it is now
    trap "pass_on $name" "$name"
done
say begun ''
# In a process group of its own, so that a signal reaches all that the command has started.
set -m
bash -c "$command" job &
child=$!
[[ -z $told ]] || pass_on "$told"
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
done
# A wait that the signal cut off gave the number of that; asked again, the shell tells how the command ended.
if [[ -n $told ]]; then
    wait "$child" 2>/dev/null
    last=$?
    [[ $last -eq 127 ]] || code=$last
fi
# What was told to end may take its time; until then nothing of it may be taken for over.
while [[ -n $told ]] && kill -0 -- "-$child" 2>/dev/null; do sleep 1; done
trap - TERM INT USR1 USR2 XCPU

message=
[[ -z $told ]] || message="SIG$told was sent to it; "
if [[ $code -eq 0 ]]; then
    lacking=()
    read -r -a names <<<"$outputs"
    # Older shells take an empty list for one that was never set.
    for name in ${names[@]+"${names[@]}"}; do [[ -e $name ]] || lacking+=("$name"); done
    if [[ ${#lacking[@]} -gt 0 ]]; then
        code=90
        message+="it ended with 0 and did not write ${lacking[*]}"
    fi
fi
message=${message%; }
[[ -z $message ]] || printf '%s: %s\n' "${0##*/}" "$message"
# Cut at a blank: where the shell counts bytes, half a letter would make the signal unreadable.
if [[ ${#message} -gt 1900 ]]; then
    message=${message:0:1900}
    message=${message% *}
fi
say ended ", \"exit\": $code${message:+, \"message\": $(quoted "$message")}"
exit "$code"
