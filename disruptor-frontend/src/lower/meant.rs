//! What stands in no chain, and was meant for something else.

use proc_macro2::Ident;

use crate::report::Report;
use crate::settings::{self, SETTINGS};
use crate::suggest;
use crate::syntax::{self, Body};

/// A clause that no chain names, and a name in a chain that is nearly the same and has no clause, are one stage: it is said
/// once, and the clause is taken for that of the name. Two that are only nearly alike may both be meant as they are
/// written, where the name stands for a handler in scope; the clause is wrong all the same.
pub(crate) fn meant(body: &mut Body, report: &mut Report) {
    let placed: Vec<Ident> =
        body.chains.iter().flat_map(|chain| chain.names()).chain(&body.met).cloned().collect();
    let mut free: Vec<&Ident> = vec![];
    for name in &placed {
        if !body.stages.iter().any(|clause| clause.name == *name) && !free.contains(&name) {
            free.push(name);
        }
    }
    as_settings(body, &placed, report);
    for clause in body.stages.iter_mut().filter(|clause| !placed.contains(&clause.name)) {
        let written = clause.name.to_string();
        let names: Vec<_> = free.iter().map(ToString::to_string).collect();
        let Some(guess) = suggest::closest(&written, names.iter().map(String::as_str)) else { continue };
        report.error(
            clause.name.span(),
            format!("the stage `{written}` stands in no chain"),
            format!("did you mean `{guess}`, which stands in a chain and has no clause? Write the same name in both places"),
        );
        if let Some(at) = names.iter().position(|name| name == guess) {
            clause.name = free.remove(at).clone();
        }
    }
}

/// `ring = 64;` is a stage by its form.
fn as_settings(body: &mut Body, placed: &[Ident], report: &mut Report) {
    let is_setting = |name: &Ident| settings::find(SETTINGS, &name.to_string()).is_some();
    let (settings, stages): (Vec<_>, _) = std::mem::take(&mut body.stages).into_iter().partition(|clause| {
        clause.args.is_none() && is_setting(&clause.name) && !placed.contains(&clause.name)
    });
    body.stages = stages;
    for clause in settings {
        let Some(value) = clause.handler else { continue };
        let name = &clause.name;
        let help = format!("write `{name}: {};`", value.tokens);
        report.error(name.span(), format!("the setting `{name}` is written with `:`"), help);
        let value: Vec<_> = value.tokens.into_iter().collect();
        syntax::setting(name, &value, &[], body, report);
    }
}
