//! The plan that stands in where there were errors: every stage by itself. The expansion then has its normal type and holds
//! the user's own expressions, so that an editor goes on completing and no second error follows from the first. It is never
//! run: the errors stand in the same expansion.

use disruptor_syntax::{Body, Plan, PlannedStage};

use crate::lower::Lowered;

/// Every stage that has a name, each waiting on the producer and holding it back. Shards stay what they are: their options and
/// handlers are other ones.
pub(crate) fn plan(body: &Body, lowered: &Lowered) -> Plan {
    let (mut stages, mut all) = (vec![], vec![]);
    for name in lowered.names() {
        let clause = body.stages.iter().find(|clause| clause.name == *name);
        all.push(stages.len());
        let polled = clause.and_then(|clause| clause.options.poll);
        let workers = lowered.shards.sound_workers(name, clause).filter(|_| polled.is_none());
        stages.push(PlannedStage {
            name: name.clone(),
            upstreams: vec![],
            followers: vec![],
            fused_to: None,
            fused_with: None,
            workers: workers.cloned(),
            polled,
            event_shared: false,
            shared_fields: vec![],
        });
    }
    Plan { sound: false, stages, gates: all.clone(), first: all }
}
