//! Nothing: the tests beside it are run by `ci/asan`, `ci/tsan` and `ci/miri`.
