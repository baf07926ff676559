//! Which feature a single part, leaf or tool stands for: what a step that drops the feature has to find.

use switchback_ir::{CallKind, Feature, FeatureSet, Field, Key, Part, PartKind, Request, Role, ToolInput};

/// What a part is, apart from where it stands.
pub(crate) fn part_feature(part: &Part<'_>) -> Feature {
    match &part.kind {
        PartKind::Text(_) => Feature::EmptyText,
        PartKind::Refusal { .. } => Feature::Refusal,
        PartKind::Image(media) => media.image_feature(),
        PartKind::File(media) => media.file_feature(),
        PartKind::Audio { .. } => Feature::AudioInput,
        PartKind::ToolCall(call) => match call.input {
            ToolInput::Custom(_) => Feature::CustomToolCall,
            ToolInput::Encoded(_) | ToolInput::Json(_) if call.legacy => Feature::LegacyFunctions,
            ToolInput::Encoded(_) | ToolInput::Json(_) => Feature::ToolCalls,
        },
        PartKind::ToolResult(result) => match result.kind {
            CallKind::Legacy => Feature::LegacyFunctions,
            CallKind::Custom => Feature::CustomToolCall,
            CallKind::Function => Feature::ToolCalls,
        },
        PartKind::Opaque(opaque) => opaque.feature,
    }
}

/// What a leaf of the request, of a message or of a tool stands for.
pub(crate) fn leaf_features(request: &Request<'_>, field: &Field<'_>) -> FeatureSet {
    let mut features: FeatureSet = request.feature_of(field).into_iter().collect();
    if field.key() == Some(Key::CacheBreakpoint) {
        features = features.union(lifetime(field));
    }
    features
}

/// What a leaf of a part stands for.
pub(crate) fn part_leaf_features(request: &Request<'_>, field: &Field<'_>, part: &Part<'_>, role: Role) -> FeatureSet {
    let mut features: FeatureSet = match field.key() {
        Some(Key::CacheBreakpoint) => lifetime(field),
        Some(Key::CacheControl) => [Feature::CacheControlExtension].into_iter().collect(),
        _ => return leaf_features(request, field),
    };
    let content = matches!(part.kind, PartKind::Text(_) | PartKind::Image(_) | PartKind::File(_));
    features.insert(match (content, role) {
        (true, Role::Assistant) => Feature::CacheBreakpointAssistant,
        (true, _) => Feature::CacheBreakpoint,
        (false, _) => Feature::CacheBreakpointPlace,
    });
    features
}

fn lifetime(field: &Field<'_>) -> FeatureSet {
    field.value.member("ttl").map(|_| Feature::CacheTtl).into_iter().collect()
}
