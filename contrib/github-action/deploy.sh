#!/usr/bin/env bash
# Deploys, follows to the end, and reports. A cancelled job (INT, then TERM) aborts its deployment, or leaves it.
set -uo pipefail

[[ -n ${BLUEGREEN_CA:-} ]] || unset BLUEGREEN_CA
log=$RUNNER_TEMP/bluegreen.log
shown=$RUNNER_TEMP/bluegreen.json
rm -f "$log" "$shown" && touch "$log"

# `app number release`, as soon as the deployment has begun.
begun() {
    sed -n 's/^\([a-z0-9-]*\): deployment \([0-9]*\), \(r[0-9]*\)$/\1 \2 \3/p' "$log" | head -n 1
}

report() {
    local code=$1 app="" number="" release=""
    read -r app number release < <(begun) || true
    if [[ -n $number ]]; then
        bluegreen --app "$app" show "$number" --json >"$shown" || rm -f "$shown"
    fi
    CODE=$code APP=$app NUMBER=$number RELEASE=$release LOG=$log SHOWN=$shown \
        python3 "$GITHUB_ACTION_PATH/report.py"
}

cancelled() {
    trap '' INT TERM
    kill "$deploying" 2>/dev/null
    local app="" number="" release=""
    read -r app number release < <(begun) || true
    if [[ -z $number ]]; then
        echo "cancelled before the deployment had begun"
    elif [[ $ON_CANCEL == leave ]]; then
        echo "cancelled: deployment $number goes on without this job"
    else
        bluegreen --app "$app" abort "$number"
    fi
    report 130
    exit 130
}
trap cancelled INT TERM

message=${MESSAGE:-$(git log -1 --format='%s (%h)' 2>/dev/null)}
arguments=(deploy "$FOLDER" --message "${message:-${GITHUB_SHA:-}}")
[[ $SUPERSEDE == true ]] && arguments+=(--supersede)

bluegreen "${arguments[@]}" >"$log" 2>&1 &
deploying=$!
tail --follow --lines=+1 --pid="$deploying" "$log" &
showing=$!
wait "$deploying"
code=$?
wait "$showing"
report "$code"
exit "$code"
