//! What the events of a shard are shared by.

use disruptor_syntax::{Body, EventSetting, Key, StageClause};
use disruptor_topology::Mode;
use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::pick::{Field, picked_name, picked_part, projection};
use super::{around, local, local_at, located, own};

/// The value that says which worker an event goes to.
pub(super) fn share(body: &Body, clause: &StageClause) -> TokenStream {
    let ring = local("ring");
    match &clause.options.shard {
        None => site!(__disruptor::InTurn),
        Some(Key::Field { .. })
            if !body.settings.event.as_ref().is_some_and(EventSetting::may_have_fields) =>
        {
            site!(__disruptor::InTurn)
        }
        Some(Key::Field { field, .. }) => {
            let name = picked_name(0, field.span());
            let pattern = quote_spanned!(name.span()=> #field: ref #name);
            let key = Field { parameter: own("K"), asked: site!(), pattern, written: None };
            let picked = picked_part(name, Mode::Read, &site!(_), Some(key)).picked;
            let projection = projection(body, picked.as_slice());
            let by = located(if clause.shares_by_hash() { "by_hash" } else { "by_value" }, field.span());
            // SAFETY of what is emitted: the projection picks the key as it is declared, which the checks keep the workers from
            // writing; and those that `by_hash` is for write nothing.
            quote_spanned!(around(field.span())=> unsafe { __disruptor::#by(#ring.events(), #projection) })
        }
        Some(Key::Event(key)) => {
            let (place, ring, key) = (around(key.span), local_at("ring", key.span), &key.tokens);
            let call = quote_spanned!(place=> disruptor_share(#ring.events(), #key));
            // SAFETY of what is emitted: the checks refuse such a key for workers that write. It stands outside of the `unsafe`.
            let by_event = site!(unsafe { __disruptor::by_event(__events, __key) });
            site! {
                {
                    fn disruptor_share<E, K, F, A, B, C, X, Y, Z>(__events: __disruptor::Events<E>, __key: F) -> C
                    where
                        F: Fn(&E) -> K + __disruptor::KeyFunction<__disruptor::ByEvent<F>, A, X>,
                        K: __disruptor::EventKey<A, B, Y>,
                        E: __disruptor::SeenByAll<B, C, Z>,
                    {
                        #by_event
                    }
                    #call
                }
            }
        }
    }
}
