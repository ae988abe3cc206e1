//! Properties of generated topologies, against an oracle that is as simple and as slow as can be.

mod access;
mod drawing;
mod generated;
mod oracle;
mod order;
mod parser;
