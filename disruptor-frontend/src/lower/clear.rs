//! The setting `clear` is a stage behind all others.

use disruptor_syntax::{Arg, Body, Report, StageClause};
use disruptor_topology::{Access, Mode, Seq, Step, Target, Unit};
use proc_macro2::{Ident, TokenStream};

/// Adds the stage that `clear` stands for: `clear(&mut *) = …;`, on the thread of the last stage where there is one alone and that is no
/// shard, and behind all of them otherwise.
pub(crate) fn clear(body: &mut Body, report: &mut Report) {
    let Some((name, handler)) = body.settings.clear.take() else { return };
    let (last, taken) = (last(body), is_taken(body, &name));
    if taken {
        let text = "a stage is called `clear`, and so is the one that the setting `clear` stands for";
        report.error(name.span(), text, "give that stage another name");
    }
    if taken || (last.is_empty() && body.met.is_empty()) {
        // Chains that go round in a circle have no last stage, and are told so.
        body.leftovers.push(handler);
        return;
    }
    let access = Access { target: Target::Event, mode: Mode::Write };
    let all = Arg::Access { access, field: None, kind: None, place: name.span().into() };
    let bare = StageClause::bare(name.clone());
    body.stages.push(StageClause { args: Some(vec![all]), handler: Some(handler), ..bare });
    if !body.met.is_empty() {
        return;
    }
    let clear = Unit::Stage(name);
    let steps = match &last[..] {
        [only @ Unit::Stage(name)] if !is_polled(body, name) => vec![Step::Fused(vec![only.clone(), clear])],
        _ => {
            let mut branches = vec![];
            for unit in last {
                branches.push(Seq { steps: vec![Step::Fused(vec![unit])] });
            }
            vec![Step::Group(branches), Step::Fused(vec![clear])]
        }
    };
    body.chains.push(Seq { steps });
}

/// True if a poller drives this stage: nothing shares its thread.
fn is_polled(body: &Body, name: &Ident) -> bool {
    body.stages.iter().any(|clause| clause.name == *name && clause.is_polled())
}

/// True if a stage has this name.
fn is_taken(body: &Body, name: &Ident) -> bool {
    let mut taken = body.stages.iter().any(|clause| clause.name == *name) || body.met.contains(name);
    for chain in &body.chains {
        taken |= chain.names().contains(&name);
    }
    taken
}

/// The stages from which no arrow leads on.
fn last(body: &Body) -> Vec<Unit<Ident, TokenStream>> {
    let (mut units, mut followed): (Vec<Unit<_, _>>, Vec<Ident>) = (vec![], vec![]);
    for chain in &body.chains {
        for (from, _) in chain.edges() {
            followed.push(from);
        }
        chain.visit(&mut |step| {
            let Step::Fused(fused) = step else { return };
            for unit in fused {
                let is_shard = |unit: &Unit<_, _>| matches!(unit, Unit::Shard { .. });
                match units.iter_mut().find(|known| known.name() == unit.name()) {
                    Some(known) if is_shard(unit) && !is_shard(known) => *known = unit.clone(),
                    Some(_) => {}
                    None => units.push(unit.clone()),
                }
            }
        });
    }
    units.retain(|unit| !followed.contains(unit.name()));
    units
}
