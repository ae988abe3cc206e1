//! The declarations of `disruptor!`: their tree, the plan that is made of it, and what both ends of the macro ask of tokens.
//!
//! What reads and checks declarations, `disruptor-frontend`, and what makes code of them, `disruptor-expand`, depend on this and
//! not on each other, so that they are built at the same time. As both wait for it, nothing stands here that one of them needs alone.
//!
//! | module | what stands there |
//! |---|---|
//! | `tree`, `expr` | a declaration, clause by clause |
//! | `plan` | what follows from it |
//! | `tokens`, `number` | what is asked of tokens everywhere |
//! | [`settings`] | the table of settings and options: parsing, help and documentation come from it |
//! | `report` | every error of a phase, collected |
//! | [`suggest`] | "did you mean" |

mod expr;
mod number;
mod plan;
mod report;
pub mod settings;
pub mod suggest;
mod tokens;
mod tree;

pub use expr::{Closure, Expr, is_type};
pub use number::integer;
pub use plan::{Declaration, Plan, PlannedStage, Workers};
pub use report::{Place, Report};
pub use tokens::{bars, field_name, find, is_joint, is_punct, position};
pub use tree::{
    Arg, Body, Clauses, EventSetting, Key, Named, Options, Settings, StageClause, asks_to_write, clauses,
};

/// The slots of a ring that is not declared.
pub const RING: u128 = 1024;
