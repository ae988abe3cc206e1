//! The machine's cores, as Linux describes them in `/sys`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::list::parse;

/// Where Linux describes its cores.
const SYS: &str = "/sys";

/// The cores that are switched on, whatever this process may use of them.
///
/// Read from `/sys`, since asking for the calling thread's affinity shows only what that thread may use: once it is pinned,
/// one core.
pub(crate) fn cores() -> Vec<usize> {
    online(Path::new(SYS)).unwrap_or_else(|| {
        core_affinity::get_core_ids().unwrap_or_default().into_iter().map(|core| core.id).collect()
    })
}

/// A core as the system counts them: where two threads share the parts of one core, each is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Core {
    /// Its number.
    pub(crate) id: usize,
    /// The lowest number among those that share its parts; its own where it has them to itself.
    pub(crate) whole: usize,
    /// The lowest number among those that share its last cache.
    pub(crate) cache: usize,
    /// The memory that it is near to.
    pub(crate) node: usize,
    /// True if the scheduler puts no thread there that does not ask for it.
    pub(crate) isolated: bool,
}

/// The cores that are switched on, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) cores: Vec<Core>,
}

impl Machine {
    /// This machine. Where the system does not describe itself, every core counts as one of its own.
    pub(crate) fn this() -> Self {
        let read = Self::read(Path::new(SYS));
        if read.cores.is_empty() { Self::plain(cores()) } else { read }
    }

    /// The machine that this directory describes. What is missing there is taken as plain: a core of its own, one cache, one node.
    pub(crate) fn read(sys: &Path) -> Self {
        let mut machine = Self::plain(online(sys).unwrap_or_default());
        let isolated = list(&sys.join("devices/system/cpu/isolated")).unwrap_or_default();
        let nodes = nodes(sys);
        for core in &mut machine.cores {
            let directory = sys.join(format!("devices/system/cpu/cpu{}", core.id));
            let lowest = |file: &Path| list(file).and_then(|cores| cores.into_iter().min());
            // The newer name first: the older one goes away in time.
            core.whole = lowest(&directory.join("topology/core_cpus_list"))
                .or_else(|| lowest(&directory.join("topology/thread_siblings_list")))
                .unwrap_or(core.id);
            core.cache = last_cache(&directory).and_then(|cores| cores.into_iter().min()).unwrap_or(0);
            core.node = nodes.get(&core.id).copied().unwrap_or(0);
            core.isolated = isolated.contains(&core.id);
        }
        machine
    }

    fn plain(mut cores: Vec<usize>) -> Self {
        cores.sort_unstable();
        cores.dedup();
        let core = |id| Core { id, whole: id, cache: 0, node: 0, isolated: false };
        Self { cores: cores.into_iter().map(core).collect() }
    }

    pub(crate) fn core(&self, id: usize) -> Option<&Core> {
        self.cores.iter().find(|core| core.id == id)
    }
}

fn list(file: &Path) -> Option<Vec<usize>> {
    parse(&fs::read_to_string(file).ok()?)
}

fn online(sys: &Path) -> Option<Vec<usize>> {
    list(&sys.join("devices/system/cpu/online")).filter(|cores| !cores.is_empty())
}

/// The cores that share the highest cache of this one.
fn last_cache(core: &Path) -> Option<Vec<usize>> {
    let mut best: Option<(u32, Vec<usize>)> = None;
    for entry in fs::read_dir(core.join("cache")).ok()?.filter_map(Result::ok) {
        let level = fs::read_to_string(entry.path().join("level")).ok();
        let level = level.and_then(|level| level.trim().parse::<u32>().ok());
        if let (Some(level), Some(cores)) = (level, list(&entry.path().join("shared_cpu_list")))
            && best.as_ref().is_none_or(|(known, _)| level > *known)
        {
            best = Some((level, cores));
        }
    }
    best.map(|(_, cores)| cores)
}

/// The node of each core that is on one.
fn nodes(sys: &Path) -> HashMap<usize, usize> {
    let mut nodes = HashMap::new();
    for entry in fs::read_dir(sys.join("devices/system/node")).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        let node = name.to_str().and_then(|name| name.strip_prefix("node")?.parse::<usize>().ok());
        if let (Some(node), Some(cores)) = (node, list(&entry.path().join("cpulist"))) {
            nodes.extend(cores.into_iter().map(|core| (core, node)));
        }
    }
    nodes
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A `/sys` made for a test, which takes it away again.
    struct Fake(PathBuf);

    impl Fake {
        fn new(files: &[(&str, &str)]) -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let name =
                format!("disruptor-sys-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            let root = std::env::temp_dir().join(name);
            fs::create_dir_all(&root).expect("a place for files");
            for (path, text) in files {
                let path = root.join(path);
                fs::create_dir_all(path.parent().expect("in a directory")).expect("a place for files");
                fs::write(path, text).expect("a file");
            }
            Self(root)
        }
    }

    impl Drop for Fake {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    /// A core that shares its parts with `whole`.
    pub(in super::super) fn core(id: usize, whole: usize, cache: usize, node: usize, isolated: bool) -> Core {
        Core { id, whole, cache, node, isolated }
    }

    #[test]
    fn siblings_caches_nodes_and_isolation_are_read() {
        let mut files = vec![
            ("devices/system/cpu/online".to_owned(), "0-3,5\n".to_owned()),
            ("devices/system/cpu/isolated".to_owned(), "3\n".to_owned()),
            ("devices/system/node/node0/cpulist".to_owned(), "0,2\n".to_owned()),
            ("devices/system/node/node1/cpulist".to_owned(), "1,3-5\n".to_owned()),
            ("devices/system/node/online".to_owned(), "0-1\n".to_owned()),
        ];
        for (id, siblings) in [(0, "0,2"), (1, "1,3"), (2, "0,2"), (3, "1,3"), (5, "4-5")] {
            let directory = format!("devices/system/cpu/cpu{id}");
            // One of them has only the older name.
            let name = if id == 2 { "thread_siblings_list" } else { "core_cpus_list" };
            files.push((format!("{directory}/topology/{name}"), format!("{siblings}\n")));
            files.push((format!("{directory}/cache/index0/level"), "1\n".to_owned()));
            files.push((format!("{directory}/cache/index0/shared_cpu_list"), format!("{siblings}\n")));
            files.push((format!("{directory}/cache/index3/level"), "3\n".to_owned()));
            let shared = if id % 2 == 0 { "0,2\n" } else { "1,3-5\n" };
            files.push((format!("{directory}/cache/index3/shared_cpu_list"), shared.to_owned()));
        }
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let fake = Fake::new(&files);
        let told = vec![
            core(0, 0, 0, 0, false),
            core(1, 1, 1, 1, false),
            core(2, 0, 0, 0, false),
            core(3, 1, 1, 1, true),
            core(5, 4, 1, 1, false),
        ];
        assert_eq!(Machine::read(&fake.0).cores, told);
    }

    #[test]
    fn what_is_not_described_is_plain() {
        let fake =
            Fake::new(&[("devices/system/cpu/online", "0-1\n"), ("devices/system/cpu/isolated", "(null)\n")]);
        let told = vec![core(0, 0, 0, 0, false), core(1, 1, 0, 0, false)];
        assert_eq!(Machine::read(&fake.0).cores, told);
        assert!(Machine::read(&fake.0.join("nowhere")).cores.is_empty());
    }

    #[test]
    fn this_machine_has_the_cores_that_are_switched_on() {
        let there: Vec<_> = Machine::this().cores.iter().map(|core| core.id).collect();
        assert!(!there.is_empty());
        assert_eq!(there, cores());
    }
}
