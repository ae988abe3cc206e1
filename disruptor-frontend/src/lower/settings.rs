//! What can be said of settings and options before rustc sees them.

use disruptor_syntax::{Arg, Body, EventSetting, Expr, Key, RING, Report, field_name};
/// What can be said of settings where they are literals, and of fields where there is no event.
pub(super) fn check(body: &Body, report: &mut Report) {
    input(body, report);
    let ring = body.settings.ring.as_ref();
    let slots = ring.and_then(Expr::number);
    if let (Some(ring), Some(slots)) = (ring, slots)
        && !slots.is_power_of_two()
    {
        let near = slots.checked_next_power_of_two().unwrap_or(1 << 16);
        let lower = (near > 1).then(|| format!("{} or ", near / 2)).filter(|_| slots > 0).unwrap_or_default();
        report.error(
            ring.place(),
            format!("a ring of {slots} slots: the ring must be a power of two"),
            format!("write {lower}{near}"),
        );
    }
    for clause in body.stages.iter().filter(|clause| !clause.spoilt) {
        if let Some(batch) = clause.options.batch.as_ref().filter(|_| !clause.is_polled())
            && let (Some(most), Some(slots)) = (batch.number(), slots.or(ring.is_none().then_some(RING)))
            && !(1..=slots).contains(&most)
        {
            let text = format!("a batch of {most} events, in a ring of {slots}");
            let ring = most.checked_next_power_of_two().filter(|_| most > 0);
            let larger =
                ring.map(|slots| format!(", or enlarge the ring: `ring: {slots};`")).unwrap_or_default();
            report.error(batch.place(), text, format!("choose 1 to {slots}{larger}"));
        }
        let field = clause.args().iter().find_map(|arg| match arg {
            Arg::Access { access, field: Some(_), place, .. } => Some((access.to_string(), *place)),
            _ => None,
        });
        let key = || match &clause.options.shard {
            Some(Key::Field { name, span, .. }) => Some((format!("&{name}"), (*span).into())),
            _ => None,
        };
        let Some((access, place)) = field.or_else(key) else { continue };
        match &body.settings.event {
            Some(event) if event.may_have_fields() => {}
            Some(event) => {
                let text = format!(
                    "stage `{}` takes `{access}`, and the events have no fields that can be named",
                    clause.name
                );
                report.error(event.kind.place(), text, "make the event a struct: `event: YourType;`");
            }
            None if body.settings.event_spoilt => {}
            None => {
                let text = format!(
                    "stage `{}` takes `{access}`, and no event type is declared that has such a field",
                    clause.name
                );
                let help =
                    "say what the events are: `event: YourType;` or `event: YourType = first_value();`";
                report.error(place, text, help);
            }
        }
    }
}

/// The fields of `input` are fields, each named once.
fn input(body: &Body, report: &mut Report) {
    let Some(input) = &body.settings.input else { return };
    for (at, field) in input.iter().enumerate() {
        let name = field_name(field);
        if input[..at].iter().any(|other| field_name(other) == name) {
            report.error(field.span(), format!("`{name}` stands in `input` twice"), "leave one of them out");
        }
    }
    let fields = body.settings.event.as_ref().is_none_or(EventSetting::may_have_fields);
    if let Some(first) = input.first().filter(|_| !fields) {
        let text =
            format!("`input` names the field `{first}`, and the events have no fields that can be named");
        report.error(first.span(), text, "make the event a struct, `event: YourType;`, or leave out `input`");
    }
}
