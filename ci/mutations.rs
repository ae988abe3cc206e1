//! Breaks the runtime on purpose, one place at a time, and asks the models whether they notice. Built and run by `ci/mutations`.
//!
//! `mutations.txt` is the table: entries of lines `key: value`, with an empty line between them.
//!
//! | key | value |
//! |---|---|
//! | `mutation` | what is broken |
//! | `model` | the models that are to notice, by a part of their path behind `model::` |
//! | `file` | below `disruptor-runtime/src` |
//! | `from`, `to` | the text to be found there, just once, and what it becomes; `\n` is the end of a line |
//! | `equivalent` | why nobody can notice, where that is so: such a mutation must survive |
//! | `quick` | `yes` for those that the gate runs |
//!
//! All of them are compiled into one copy of the sources, and the variable `MUTANT` says which one is at work: `from` becomes
//! `if MUTANT { to } else { from }`, and where that is no Rust, `to` has the word `MUTANT` in it and stands as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{env, fs};

#[derive(Default)]
struct Mutation {
    name: String,
    model: String,
    file: String,
    from: String,
    to: String,
    equivalent: Option<String>,
    quick: bool,
}

fn table(text: &str) -> Result<Vec<Mutation>, String> {
    let mut all = Vec::new();
    let text: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    for entry in text.split(|line| line.trim().is_empty()).filter(|entry| !entry.is_empty()) {
        let mut mutation = Mutation::default();
        for line in entry {
            let (key, value) = line.split_once(':').ok_or_else(|| format!("no `key: value`: {line}"))?;
            let value = value.strip_prefix(' ').unwrap_or(value).replace("\\n", "\n");
            match key {
                "mutation" => mutation.name = value,
                "model" => mutation.model = value,
                "file" => mutation.file = value,
                "from" => mutation.from = value,
                "to" => mutation.to = value,
                "equivalent" => mutation.equivalent = Some(value),
                "quick" => mutation.quick = value == "yes",
                _ => return Err(format!("no such key: {line}")),
            }
        }
        if [&mutation.name, &mutation.model, &mutation.file, &mutation.from].into_iter().any(String::is_empty)
        {
            return Err(format!("an entry lacks one of its keys: {entry:?}"));
        }
        all.push(mutation);
    }
    Ok(all)
}

/// The source with these mutations of it, by their numbers, each behind a question whether it is at work. Fails where the text of one
/// is not found just once, as the code has moved on.
fn mutate(mut source: String, mutations: &[(usize, &Mutation)]) -> Result<String, String> {
    // Those of the same text are chosen among in one place.
    let mut texts: BTreeMap<&str, Vec<(usize, &Mutation)>> = BTreeMap::new();
    for &(number, mutation) in mutations {
        texts.entry(&mutation.from).or_default().push((number, mutation));
    }
    for (from, mutations) in texts {
        let count = source.matches(from).count();
        let name = &mutations[0].1.name;
        if count != 1 {
            return Err(format!(
                "`{name}`: its text is found {count} times in {}, and not once",
                mutations[0].1.file
            ));
        }
        let asks = |number: usize| format!("crate::sync::mutant({number})");
        let to = match &mutations[..] {
            [(number, mutation)] if mutation.to.contains("MUTANT") => {
                mutation.to.replace("MUTANT", &asks(*number))
            }
            _ => {
                let choice: String = (mutations.iter())
                    .map(|(number, mutation)| format!("if {} {{ {} }} else ", asks(*number), mutation.to))
                    .collect();
                let choice = format!("{choice}{{ {from} }}");
                // A statement, or a value.
                if from.ends_with(';') { choice } else { format!("({choice})") }
            }
        };
        source = source.replacen(from, &to, 1);
    }
    Ok(source)
}

/// Says in the copy which mutation is at work.
const ASKED: &str = "
/// True while this mutation is at work.
#[allow(dead_code)]
pub(crate) fn mutant(number: usize) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<usize>> =
        std::sync::LazyLock::new(|| std::env::var(\"MUTANT\").ok()?.parse().ok());
    *CHOSEN == Some(number)
}
";

/// Copies what the build needs: not what it has made.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let skipped = ["target", ".git", "data"].iter().any(|skipped| name == *skipped);
        if path.is_dir() && !skipped {
            copy(&path, &to.join(name))?;
        } else if path.is_file() {
            // Only what has changed, so that little is compiled anew.
            let (new, copy) = (fs::read(&path)?, to.join(name));
            if fs::read(&copy).ok().as_ref() != Some(&new) {
                fs::write(&copy, new)?;
            }
        }
    }
    Ok(())
}

enum Verdict {
    Passed,
    Failed(String),
    /// It has neither passed nor failed.
    None(String),
}

/// How long models may take that end in seconds where nothing is broken.
const LIMIT: Duration = Duration::from_secs(300);

fn cargo(tree: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(tree).args([
        "test",
        "-q",
        "-p",
        "disruptor-runtime",
        "--features",
        "async",
        "--release",
        "--lib",
    ]);
    command
}

/// Compiles the copy, and gives the program.
fn build(tree: &Path) -> Result<PathBuf, String> {
    let built = cargo(tree)
        .args(["--no-run", "--message-format", "json"])
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&built.stdout);
    if !built.status.success() {
        let rendered =
            said.lines().filter(|line| line.contains("\"level\":\"error\"")).collect::<Vec<_>>().join("\n");
        return Err(format!(
            "the mutations do not compile:\n{rendered}\n{}",
            String::from_utf8_lossy(&built.stderr)
        ));
    }
    let program =
        said.lines().rev().find_map(|line| Some(line.split_once("\"executable\":\"")?.1.split_once('"')?.0));
    program.map(PathBuf::from).ok_or_else(|| "cargo names no program".to_owned())
}

/// Runs models, with one mutation at work or with none.
fn run(program: &Path, models: &[&str], mutant: Option<usize>) -> std::io::Result<Verdict> {
    let mut command = Command::new(program);
    command
        .args(models.iter().map(|model| format!("model::{model}")))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.env("RUST_BACKTRACE", "0");
    match mutant {
        Some(number) => command.env("MUTANT", number.to_string()),
        None => command.env_remove("MUTANT"),
    };
    let begun = Instant::now();
    let mut running = command.spawn()?;
    // Read meanwhile, so that it never waits for a reader.
    let reader = |stream: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            _ = stream.map(|mut stream| stream.read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let said = reader(running.stdout.take().map(|stream| Box::new(stream) as _));
    let complained = reader(running.stderr.take().map(|stream| Box::new(stream) as _));
    let status = loop {
        match running.try_wait()? {
            Some(status) => break status,
            None if begun.elapsed() > LIMIT && mutant.is_some() => {
                running.kill()?;
                running.wait()?;
                return Ok(Verdict::None(format!("it did not end within {LIMIT:?}")));
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let text = said.join().unwrap_or_default() + &complained.join().unwrap_or_default();
    if text.contains("running 0 tests") {
        return Ok(Verdict::None(format!("there is no model {models:?}")));
    }
    Ok(if status.success() { Verdict::Passed } else { Verdict::Failed(reason(&text)) })
}

/// What a model has said, on one line.
fn reason(text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.contains("panicked at"));
    lines.next();
    lines.next().unwrap_or("it ended otherwise").trim().chars().take(90).collect()
}

/// How many are caught, equivalent, and wrong.
type Tally = Mutex<(usize, usize, usize)>;

/// Runs the models of a mutation, says what they say of it, and counts it.
fn judge(program: &Path, number: usize, mutation: &Mutation, tally: &Tally) -> std::io::Result<()> {
    let begun = Instant::now();
    let verdict = run(program, &[&mutation.model], Some(number))?;
    let mut tally = tally.lock().expect("no panic");
    let (caught, equivalent, wrong) = &mut *tally;
    let (count, word, why) = match (verdict, &mutation.equivalent) {
        (Verdict::Failed(why), None) => (caught, "caught", why),
        (Verdict::Passed, Some(why)) => (equivalent, "equivalent", why.clone()),
        (Verdict::Passed, None) => (wrong, "SURVIVED", format!("not noticed by model::{}", mutation.model)),
        (Verdict::Failed(why), Some(_)) => (wrong, "NOT EQUIVALENT", why),
        (Verdict::None(why), _) => (wrong, "NO VERDICT", why),
    };
    *count += 1;
    let seconds = begun.elapsed().as_secs_f64();
    println!("{word}: {} [{}, {seconds:.1} s]: {why}", mutation.name, mutation.model);
    Ok(())
}

fn main() -> ExitCode {
    match all() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> Result<bool, String> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [root, scratch, wanted @ ..] = &arguments[..] else {
        return Err("not called by ci/mutations".into());
    };
    let (root, tree) = (PathBuf::from(root), PathBuf::from(scratch));
    let said = |error: std::io::Error| error.to_string();
    let mutations = table(&fs::read_to_string(root.join("ci/mutations.txt")).map_err(said)?)?;
    let chosen: Vec<_> = (mutations.iter().enumerate())
        .filter(|(_, mutation)| match wanted {
            [] => mutation.quick,
            [all] if all == "--all" => true,
            names => names.iter().any(|name| mutation.name.contains(name)),
        })
        .collect();
    if chosen.is_empty() {
        return Err("no mutation has such a name".into());
    }
    copy(&root, &tree).map_err(said)?;
    // Another version, or cargo would take the crates of the copy for those that `ci/loom` builds in the same place, and run one for
    // the other. What both depend on is built once.
    let manifest = tree.join("Cargo.toml");
    let versioned = fs::read_to_string(&manifest).map_err(said)?;
    let [own, other] =
        [r#"version = "0.1.0""#, r#"version = "0.1.0+mutated""#].map(|line| format!("\n{line}\n"));
    if !versioned.contains(&own) {
        return Err("the workspace has another version than mutations.rs knows".into());
    }
    fs::write(&manifest, versioned.replacen(&own, &other, 1)).map_err(said)?;
    let sync = tree.join("disruptor-runtime/src/sync/mod.rs");
    let mut files: BTreeMap<&str, Vec<(usize, &Mutation)>> = BTreeMap::new();
    for (number, mutation) in mutations.iter().enumerate() {
        files.entry(&mutation.file).or_default().push((number, mutation));
    }
    for (file, mutations) in files {
        let path = tree.join("disruptor-runtime/src").join(file);
        let source = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        fs::write(&path, mutate(source, &mutations)?).map_err(said)?;
    }
    let asked = fs::read_to_string(&sync).map_err(said)? + ASKED;
    fs::write(&sync, asked).map_err(said)?;
    let program = build(&tree)?;
    let models: BTreeSet<_> = chosen.iter().map(|(_, mutation)| mutation.model.as_str()).collect();
    let models: Vec<_> = models.into_iter().collect();
    if let Verdict::Failed(why) | Verdict::None(why) = run(&program, &models, None).map_err(said)? {
        return Err(format!("the models do not hold for what is not broken:\n{why}"));
    }
    let next = AtomicUsize::new(0);
    let tally = Mutex::new((0, 0, 0));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // A core for each at work: most are single models, which loom runs on one.
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(&(number, mutation)) = chosen.get(next.fetch_add(1, Relaxed)) {
                        judge(&program, number, mutation, &tally)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no panic"))
    })
    .map_err(said)?;
    let (caught, equivalent, wrong) = tally.into_inner().expect("no panic");
    println!("{} mutations: {caught} caught, {equivalent} equivalent, {wrong} wrong", chosen.len());
    Ok(wrong == 0)
}
