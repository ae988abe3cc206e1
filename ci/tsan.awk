# Of ThreadSanitizer's reports, those on what travels by the ring: the accesses' owners, each the first frame that is no library's, are a
# handler of ci/sanitized/races.rs or the runtime's own way of an event. The others are false: the standard library is not
# instrumented, so that what is guarded by a lock or handed over by a join (`Start`, `Slot`, `Control`, threads that end) looks unguarded
# where its slow paths were taken.

/^WARNING: ThreadSanitizer/ { accesses = 0; owner[1] = owner[2] = ""; next }
/^  [A-Z]/ { open = /(Read|Write|read|write) of size/; accesses += open; next }
/^    #[0-9]/ && open && accesses <= 2 && owner[accesses] == "" && !/\/rustc\// && !/registry\/src/ && /\.rs:[0-9]/ {
  line = $0
  sub(/^    #[0-9]+ /, "", line)
  sub(/ \([^()]*\)( \(BuildId.*)?$/, "", line)
  owner[accesses] = line
}
/^SUMMARY/ {
  reports++
  locked = "^<?disruptor_runtime::(plan::(Start|Slot)|control::Control)"
  if (owner[1] !~ locked && owner[2] !~ locked && (owner[1] owner[2]) ~ /ci\/sanitized\/races\.rs|disruptor-runtime\/src\/(stage|producer|publication|dynamic|barrier|memory|word|observe)/) {
    print "  " owner[1] "\n    and " owner[2]
    findings++
  }
}
END {
  print "tsan: " findings + 0 " findings; " reports - findings " reports of what is guarded by the standard library left out"
  exit findings > 0
}
