//! The laws of conversion on bodies that are made of the input: every byte is a choice of the generator, so that coverage
//! leads to rare shapes instead of broken JSON.

use crate::bodies;
use crate::fitted::fitted;
use switchback_ir::Protocol;
use switchback_protocol::law;
use switchback_testkit::body;

/// One body in each protocol out of the same bytes.
pub fn laws(entropy: &[u8]) {
    for protocol in Protocol::ALL {
        let body = body(protocol, entropy);
        bodies::identity(protocol, &body);
        bodies::loss(protocol, &body, &law::plain);
        bodies::loss(protocol, &body, &fitted);
    }
}
