# What the scripts share that build with flags of their own: one folder, in which cargo tells what was built with which flags. As a target is
# named, the macros and what they depend on are built without the flags, once for all.

host=$(rustc -vV | sed -n 's/^host: //p')
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}")/checked
export CARGO_TARGET_DIR
