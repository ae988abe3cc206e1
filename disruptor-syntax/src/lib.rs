//! The declarations of `disruptor!`: their tree, how it is read from tokens, and the plan that is made of it.
//!
//! What reads the tree, `disruptor-frontend`, and what makes code of it, `disruptor-expand`, depend on this and not on each other,
//! so that they are built at the same time. None but the last needs `quote`.
//!
//! | module | what stands there |
//! |---|---|
//! | `tree`, `expr` | a declaration, clause by clause |
//! | `plan` | what follows from it |
//! | `body`, `clause`, `next`, `named`, `args`, `options`, `chain` | from tokens to the tree |
//! | [`settings`] | the table of settings and options: parsing, help and documentation come from it |
//! | `report` | every error of a phase, collected |
//! | [`suggest`] | "did you mean" |
//!
//! Clauses end with `;`, which never stands bare inside an expression, and chains stand in `<` and `>`: the body is cut along
//! these first, so that a mistake spoils one clause and no more. Types and expressions stay tokens; rustc knows them better.

mod args;
mod body;
mod chain;
mod clause;
mod depth;
mod expr;
mod named;
mod next;
mod number;
mod options;
mod plan;
mod report;
pub mod settings;
pub mod suggest;
mod tokens;
mod tree;

pub use body::parse;
pub use chain::not_fused;
pub use clause::setting;
pub use expr::{Closure, Expr};
pub use plan::{Declaration, Plan, PlannedStage, Workers};
pub use report::{Place, Report};
pub use tokens::{field_name, is_punct};
pub use tree::{
    Arg, Body, Clauses, EventSetting, Key, Named, Options, Settings, StageClause, asks_to_write, clauses,
};

/// The slots of a ring that is not declared.
pub const RING: u128 = 1024;
