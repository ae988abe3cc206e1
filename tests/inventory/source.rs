//! What the sources have of `unsafe` and of atomic operations. Read from their tokens, so that what stands in a macro counts.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, TraitItem, Type};

use crate::Inventory;

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Blocks, functions, impls and traits, those of tests among them.
    Unsafe,
    /// Whatever is given an `Ordering`, but in tests.
    Atomic,
}

/// What has no rows, and why: files, and folders with a `/` at the end, that are tests or models as a whole and are shipped to nobody.
const LEFT_OUT: [(&str, &str); 2] = [
    (
        "disruptor-runtime/src/model/",
        "models, compiled for loom's tests alone: loom itself ends one whose `unsafe` does not hold",
    ),
    (
        "disruptor-runtime/src/stage/costs.rs",
        "a module of tests: its memory is a shipped one that counts who asks it",
    ),
];

const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

/// What all that is shipped has; of `unsafe`, the examples and benches, too.
pub(crate) fn of_the_project(root: &Path, kind: Kind) -> Inventory {
    let mut folders: Vec<_> = crates(root).into_iter().map(|folder| folder.join("src")).collect();
    if kind == Kind::Unsafe {
        folders.extend([root.join("examples"), root.join("benches")]);
    }
    let mut found = Inventory::new();
    for file in folders.iter().flat_map(|folder| sources(folder)) {
        let text = fs::read_to_string(&file).expect("a source");
        let name = file.strip_prefix(root).expect("it is below").to_string_lossy().replace('\\', "/");
        if LEFT_OUT.iter().any(|(left_out, _)| is_at(left_out, &name)) {
            continue;
        }
        found.extend(of(&text, &name, kind));
    }
    found
}

/// True for the file, and for what is in the folder.
fn is_at(left_out: &str, name: &str) -> bool {
    if left_out.ends_with('/') { name.starts_with(left_out) } else { name == left_out }
}

/// What is left out and is not there, or is more than a test: its `mod` has no `cfg` of tests before it.
pub(crate) fn wrongly_left_out(root: &Path) -> Vec<&'static str> {
    let is_test_module = |left_out: &str| {
        let path = root.join(left_out);
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let folder = path.parent().expect("it is in a folder");
        let exists = if left_out.ends_with('/') { path.is_dir() } else { path.is_file() };
        let declares = |file: &str| {
            let Ok(text) = fs::read_to_string(folder.join(file)) else { return false };
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let modules = parsed.items.iter().filter_map(|item| match item {
                Item::Mod(module) => Some(module),
                _ => None,
            });
            modules.into_iter().any(|module| module.ident == name && is_test(&module.attrs))
        };
        exists && ["mod.rs", "lib.rs"].into_iter().any(declares)
    };
    LEFT_OUT.iter().map(|(left_out, _)| *left_out).filter(|left_out| !is_test_module(left_out)).collect()
}

/// The folders of the crates: the root, and what stands in it with a manifest of its own.
fn crates(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).expect("the root").map(|entry| entry.expect("an entry").path());
    let mut crates: Vec<_> = entries.filter(|path| path.join("Cargo.toml").is_file()).collect();
    crates.push(root.to_owned());
    crates
}

/// Every source at or below a folder, in order.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    let all = paths.into_iter().flat_map(below);
    all.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// What a check can be called: any word of a source, and the path of any file of the tests, the scripts and the sources.
pub(crate) fn names(root: &Path) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut folders = crates(root);
    folders.extend([root.join("ci")]);
    for folder in folders {
        for path in files(&folder) {
            let name = path.strip_prefix(root).expect("it is below").to_string_lossy().into_owned();
            if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).expect("a source");
                let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                names.extend(words.map(str::to_owned));
            }
            names.insert(name);
        }
    }
    names
}

/// Every file of a crate's own folders.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let built = |path: &PathBuf| path.ends_with("target") || path.ends_with(".git");
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    paths.filter(|path| !built(path)).flat_map(below).collect()
}

/// What a source has.
pub(crate) fn of(text: &str, file: &str, kind: Kind) -> Inventory {
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut scan = Scan { file, kind, found: Inventory::new() };
    scan.items(&parsed.items, "");
    scan.found
}

struct Scan<'a> {
    file: &'a str,
    kind: Kind,
    found: Inventory,
}

impl Scan<'_> {
    fn add(&mut self, kind: Kind, item: &str, what: &str) {
        if self.kind == kind {
            *self.found.entry((self.file.to_owned(), item.to_owned(), what.to_owned())).or_default() += 1;
        }
    }

    fn items(&mut self, items: &[Item], path: &str) {
        for item in items {
            self.item(item, path);
        }
    }

    fn item(&mut self, item: &Item, path: &str) {
        match item {
            Item::Mod(module) => {
                if self.kind == Kind::Atomic && is_test(&module.attrs) {
                    return;
                }
                if let Some((_, items)) = &module.content {
                    self.items(items, &within(path, &module.ident));
                }
            }
            Item::Fn(function) => self.tokens(function, &within(path, &function.sig.ident)),
            Item::Impl(block) => {
                let name = match &block.trait_ {
                    Some((of, _)) => {
                        let of = of.segments.last().expect("a path has a segment");
                        format!("{} for {}", of.ident, type_name(&block.self_ty))
                    }
                    None => type_name(&block.self_ty),
                };
                let name = within(path, &name);
                if block.unsafety.is_some() {
                    self.add(Kind::Unsafe, &name, "unsafe impl");
                }
                for item in &block.items {
                    match item {
                        ImplItem::Fn(function) => self.tokens(function, &within(&name, &function.sig.ident)),
                        other => self.tokens(other, &name),
                    }
                }
            }
            Item::Trait(declared) => {
                let name = within(path, &declared.ident);
                if declared.unsafety.is_some() {
                    self.add(Kind::Unsafe, &name, "unsafe trait");
                }
                for item in &declared.items {
                    match item {
                        TraitItem::Fn(function) => self.tokens(function, &within(&name, &function.sig.ident)),
                        other => self.tokens(other, &name),
                    }
                }
            }
            Item::Macro(declared) => {
                let called = declared.mac.path.to_token_stream();
                let name = declared.ident.as_ref().map_or(called, ToTokens::to_token_stream);
                self.tokens(&declared.mac.tokens, &format!("{}!", within(path, &name)));
            }
            Item::Static(declared) => self.tokens(&declared.expr, &within(path, &declared.ident)),
            Item::Const(declared) => self.tokens(&declared.expr, &within(path, &declared.ident)),
            other => self.tokens(other, path),
        }
    }

    fn tokens(&mut self, code: impl ToTokens, item: &str) {
        self.stream(code.to_token_stream(), item, "");
    }

    /// Looks through what stands in the brackets behind `call`.
    fn stream(&mut self, stream: TokenStream, item: &str, call: &str) {
        let tokens: Vec<_> = stream.into_iter().collect();
        let mut orderings = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if *word == "unsafe" => {
                    // Alone, as in `Token![unsafe]`, it is a word.
                    let Some(next) = tokens.get(at + 1) else { continue };
                    let what = match next {
                        TokenTree::Group(block) if block.delimiter() == Delimiter::Brace => "{}".to_owned(),
                        TokenTree::Group(_) => continue,
                        next => next.to_string(),
                    };
                    self.add(Kind::Unsafe, item, &format!("unsafe {what}"));
                }
                TokenTree::Ident(word) if *word == "Ordering" => {
                    if let Some(TokenTree::Ident(which)) = tokens.get(at + 3)
                        && ORDERINGS.iter().any(|ordering| which == ordering)
                    {
                        orderings.push(which.to_string());
                    }
                }
                TokenTree::Group(group) => {
                    self.stream(group.stream(), item, &called(&tokens[..at]));
                }
                _ => {}
            }
        }
        if !orderings.is_empty() {
            self.add(Kind::Atomic, item, &format!("{call}({})", orderings.join(", ")));
        }
    }
}

/// What is called with the brackets that stand behind these tokens, and on what: `word.load`, `slot().store`, `fence`.
fn called(before: &[TokenTree]) -> String {
    let [rest @ .., TokenTree::Ident(name)] = before else { return String::new() };
    let [rest @ .., TokenTree::Punct(dot)] = rest else { return name.to_string() };
    if dot.as_char() != '.' {
        return name.to_string();
    }
    let on = match rest {
        [.., TokenTree::Ident(field)] => field.to_string(),
        [rest @ .., TokenTree::Group(list)] => {
            let brackets = if list.delimiter() == Delimiter::Bracket { "[]" } else { "()" };
            called(rest).rsplit('.').next().unwrap_or_default().to_owned() + brackets
        }
        _ => String::new(),
    };
    format!("{on}.{name}")
}

/// True for what only tests have.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string().contains("test")
    })
}

/// The name of a type without its parameters; of one that has no name, its tokens.
fn type_name(kind: &Type) -> String {
    match kind {
        Type::Path(path) => path.path.segments.last().expect("a path has a segment").ident.to_string(),
        other => other.to_token_stream().to_string().replace(" ;", ";").replace(" ,", ","),
    }
}

fn within(path: &str, name: &impl ToString) -> String {
    let name = name.to_string();
    if path.is_empty() { name } else { format!("{path}::{name}") }
}
