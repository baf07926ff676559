//! What a request may not leave behind at a provider where zero retention is required.

use switchback_capability::{Offer, Requirements};
use switchback_ir::{Feature, Importance};

/// Features that are state kept by the provider: an endpoint counts as lacking them.
const KEPT: [Feature; 9] = [
    Feature::Background,
    Feature::PreviousResponse,
    Feature::Conversation,
    Feature::ItemReference,
    Feature::PromptCacheRetention,
    Feature::ImageFileId,
    Feature::FileId,
    Feature::ContainerUpload,
    Feature::Container,
];

/// The offer of an endpoint that must keep nothing.
pub(crate) fn without(offer: &Offer) -> Offer {
    KEPT.iter().fold(*offer, |offer, feature| offer.no(*feature))
}

/// The requirements of a request whose answer is not stored, whatever it asked: storage is turned off with an entry
/// where the request is prepared.
pub(crate) fn unstored(needs: Requirements) -> Requirements {
    needs.with_importance(Feature::Store, Importance::Cosmetic)
}
