# What the scripts of sanitizers share. The runtimes ship with the stable toolchain; only the switch is not stable yet, and the standard
# library is not instrumented.

target=x86_64-unknown-linux-gnu
export RUSTC_BOOTSTRAP=1

# Says why a check did not run, and ends it: what cannot run is no failure.
not_run() {
  echo "$name: NOT RUN: $1"
  exit 0
}

# Compiles and runs a program with a fault, which the sanitizer must report: or it does not work here, and its silence means nothing.
works() {
  local kind=$1 program=$2 words=$3
  [ "$(rustc -vV | sed -n 's/host: //p')" = "$target" ] || not_run "this machine is no $target"
  built=$(mktemp -d)
  trap 'rm -rf "$built"' EXIT
  if ! rustc --edition 2024 -Copt-level=1 -Zsanitizer="$kind" -Cunsafe-allow-abi-mismatch=sanitizer -o "$built/seeded" "ci/seeded/$program" 2>"$built/why"; then
    not_run "the toolchain has no $kind sanitizer: $(head -n 1 "$built/why")"
  fi
  if "$built/seeded" >"$built/said" 2>&1 || ! grep -q "$words" "$built/said"; then
    not_run "the seeded fault of ci/seeded/$program is not reported here: $(head -n 1 "$built/said")"
  fi
  echo "$name: the seeded fault of ci/seeded/$program is reported"
}

# Runs tests with a sanitizer, in a folder that the checks share: the macros are built for the host, once for all of them.
sanitized() {
  local kind=$1
  shift
  # With lines, whatever the gate builds without: ci/tsan.awk looks for them in the reports.
  CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/checked \
    CARGO_PROFILE_DEV_DEBUG=line-tables-only CARGO_PROFILE_TEST_DEBUG=line-tables-only \
    RUSTFLAGS="-Zsanitizer=$kind -Cunsafe-allow-abi-mismatch=sanitizer --cfg=sanitized" \
    cargo test --quiet --target "$target" "$@"
}
