//! From tokens to the declaration's tree.
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
mod tokens;
mod tree;

pub use body::parse;
pub(crate) use chain::not_fused;
pub(crate) use clause::setting;
pub use expr::{Closure, Expr};
pub(crate) use tokens::{field_name, is_punct};
pub use tree::{Arg, Body, EventSetting, Key, Named, Options, Settings, StageClause};
