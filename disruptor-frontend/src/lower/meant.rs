//! What stands in no chain, and was meant for something else.

use disruptor_syntax::{Body, Report, suggest};
use proc_macro2::Ident;

use disruptor_syntax::settings::{self, SETTINGS};

/// A clause that no chain names, and a name in a chain that is nearly the same and has no clause, are one stage: it is said
/// once, and the clause is taken for that of the name. Two that are only nearly alike may both be meant as they are
/// written, where the name stands for a handler in scope; the clause is wrong all the same.
pub(crate) fn meant(body: &mut Body, report: &mut Report) {
    let mut placed: Vec<Ident> = vec![];
    for chain in &body.chains {
        for name in chain.names() {
            placed.push(name.clone());
        }
    }
    placed.extend_from_slice(&body.met);
    let mut free: Vec<&Ident> = vec![];
    for name in &placed {
        if !body.stages.iter().any(|clause| clause.name == *name) && !free.contains(&name) {
            free.push(name);
        }
    }
    as_settings(body, &placed, report);
    for clause in &mut body.stages {
        if placed.contains(&clause.name) {
            continue;
        }
        let written = clause.name.to_string();
        let Some(at) = closest(&written, &free) else { continue };
        let guess = free.remove(at);
        report.error(
            clause.name.span(),
            format!("the stage `{written}` stands in no chain"),
            format!("did you mean `{guess}`, which stands in a chain and has no clause? Write the same name in both places"),
        );
        clause.name = guess.clone();
    }
}

/// Which name is closest to what was written.
fn closest(written: &str, names: &[&Ident]) -> Option<usize> {
    let mut texts = vec![];
    for name in names {
        texts.push(name.to_string());
    }
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let closest = suggest::closest(written, &texts)?;
    texts.iter().position(|text| *text == closest)
}

/// `ring = 64;` is a stage by its form.
fn as_settings(body: &mut Body, placed: &[Ident], report: &mut Report) {
    let is_setting = |name: &Ident| settings::find(SETTINGS, &name.to_string()).is_some();
    for clause in std::mem::take(&mut body.stages) {
        if clause.args.is_some() || !is_setting(&clause.name) || placed.contains(&clause.name) {
            body.stages.push(clause);
            continue;
        }
        let Some(value) = clause.handler else { continue };
        let name = &clause.name;
        let help = format!("write `{name}: {};`", value.tokens);
        report.error(name.span(), format!("the setting `{name}` is written with `:`"), help);
        let value: Vec<_> = value.tokens.into_iter().collect();
        crate::parse::setting(name, &value, &[], body, report);
    }
}
