//! How many parameters a closure has, where it is written in place.

use disruptor_syntax::{Arg, Body, Expr, Report};
use proc_macro2::TokenTree;

/// A stage's closure takes what its list names, or what a stage without a list is called with.
pub(super) fn check(body: &Body, report: &mut Report) {
    for clause in &body.stages {
        if clause.spoilt || clause.is_polled() || clause.arity_fits() {
            continue;
        }
        let Some(handler) = &clause.handler else { continue };
        let Some(takes) = handler.parameters() else { continue };
        let name = &clause.name;
        let called_with = match &clause.args {
            Some(args) => list(args),
            None => "&event, sequence, end_of_batch".to_owned(),
        };
        let parameters =
            |count| if count == 1 { "1 parameter".to_owned() } else { format!("{count} parameters") };
        let text = format!(
            "the closure of stage `{name}` has {}, and is called with `({called_with})`",
            parameters(takes)
        );
        let help = match &clause.args {
            Some(args) => match missing(args, handler) {
                Some(word) => {
                    let list =
                        if args.is_empty() { word.to_owned() } else { format!("{called_with}, {word}") };
                    format!("list it too, `{name}({list})`, or give it {}", parameters(clause.arity()))
                }
                None => format!("give it {}, or change the list", parameters(clause.arity())),
            },
            None => {
                format!("give it 3 parameters, or name what it takes in a list: `{name}(&*) = |event| …;`")
            }
        };
        report.error(handler.parameter_list().unwrap_or_else(|| handler.place()), text, help);
    }
}

/// The word that a closure has for its last parameter, and a list could have and has not.
fn missing(args: &[Arg], handler: &Expr) -> Option<&'static str> {
    let closure = handler.closure()?;
    let [TokenTree::Ident(last)] = &closure.parameters.last()?[..] else { return None };
    let word = ["sequence", "end_of_batch"].into_iter().find(|word| last == word)?;
    let known = args.iter().any(|arg| written(arg) == word);
    (!known && closure.parameters.len() == args.len() + 1).then_some(word)
}

/// What a list names, with commas between.
fn list(args: &[Arg]) -> String {
    let mut list = String::new();
    for arg in args {
        if !list.is_empty() {
            list += ", ";
        }
        list += &written(arg);
    }
    list
}

fn written(arg: &Arg) -> String {
    match arg {
        Arg::Access { access, .. } => access.to_string(),
        Arg::Sequence => "sequence".to_owned(),
        Arg::EndOfBatch => "end_of_batch".to_owned(),
    }
}
