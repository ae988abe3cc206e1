//! All synchronisation of this crate comes from `src/sync`, where a model checker can stand in for it.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands for synchronisation in the paths of the standard library.
const MODULES: [&str; 4] = ["sync", "thread", "hint", "cell"];

fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be read"))
    {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("src/sync") && !path.ends_with("src/model") {
                sources(&path, all);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path);
        }
    }
}

/// True if a line names what is to be taken from `crate::sync`.
fn strays(line: &str) -> bool {
    line.contains("thread_local!")
        || ["std::", "core::"].iter().any(|root| {
            line.match_indices(root).any(|(at, _)| {
                let behind = &line[at + root.len()..];
                // `use std::{sync::Arc, …}` as well.
                let inside = behind.strip_prefix('{');
                MODULES.iter().any(|module| {
                    behind.starts_with(module) || inside.is_some_and(|inside| inside.contains(module))
                })
            })
        })
}

/// The lines of a source that stray, without comments and tests.
fn found_in(source: &str) -> Vec<&str> {
    let tests = ["#[cfg(test)]\nmod ", "#[cfg(test)]\npub(super) mod ", "#[cfg(test)]\n    mod "];
    let shipped = tests.iter().filter_map(|start| source.find(start)).min().unwrap_or(source.len());
    let lines = source[..shipped].lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.filter(|line| strays(line)).collect()
}

#[test]
fn nothing_is_taken_from_the_standard_library_elsewhere() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 60, "the sources are elsewhere: {all:?}");
    let mut found = Vec::new();
    for path in all {
        let source = fs::read_to_string(&path).expect("it can be read");
        found
            .extend(found_in(&source).into_iter().map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert!(found.is_empty(), "take these from `crate::sync`:\n{}", found.join("\n"));
}

#[test]
fn what_is_looked_for_is_found() {
    let strays = [
        "use std::sync::atomic::AtomicU32;",
        "use std::{fmt, sync::Mutex};",
        "    std::thread::sleep(limit);",
        "use core::cell::UnsafeCell;",
        "    thread_local! {",
        "    std::hint::spin_loop();",
    ];
    for line in strays {
        assert_eq!(found_in(line), [line]);
    }
    let ours =
        "use crate::sync::{Arc, thread};\nuse std::{fmt, io};\n    thread::yield_now();\n// std::sync::Arc\n";
    assert_eq!(found_in(ours), [""; 0]);
    assert_eq!(found_in("#[cfg(test)]\nmod tests {\n    use std::sync::Arc;\n}\n"), [""; 0]);
}
