//! The rewrites themselves: each edits a [`Tree`] and does nothing the second time.

mod drop;
mod format;
mod instructions;
mod kind;
mod limits;
mod parts;
mod reasoning;
mod tools;

use crate::Supplies;
use crate::tree::Tree;

pub(crate) use drop::drop_features;
pub(crate) use format::ANSWER_TOOL;
pub(crate) use kind::Parameter;
pub use kind::{Class, Rewrite};

/// Makes one rewrite; drops go through [`drop_features`], all at once.
pub(crate) fn rewrite<'a>(tree: &mut Tree<'a>, rewrite: Rewrite, supplies: &Supplies<'a>) {
    match rewrite {
        Rewrite::DeveloperToSystem => instructions::developer_to_system(tree),
        Rewrite::MidSystemToUser => instructions::mid_system_to_user(tree),
        Rewrite::SystemToUser => instructions::system_to_user(tree),
        Rewrite::PrefillToInstruction => instructions::prefill_to_instruction(tree),
        Rewrite::SchemaToTool => format::schema_to_tool(tree),
        Rewrite::SchemaToJsonObject => format::schema_to_json_object(tree),
        Rewrite::SchemaToText => format::schema_to_text(tree),
        Rewrite::JsonObjectToText => format::json_object_to_text(tree),
        Rewrite::DescriptionToSchema => format::description_to_schema(tree),
        Rewrite::LoosenSchema => format::loosen_schema(tree),
        Rewrite::LoosenTools => tools::loosen(tree),
        Rewrite::CustomToFunction => tools::custom_to_function(tree),
        Rewrite::LegacyToTools => tools::legacy_to_tools(tree),
        Rewrite::AllowedToFilter => tools::allowed_to_filter(tree),
        Rewrite::NamedToOnly => tools::named_to_only(tree),
        Rewrite::ToolChoiceToAuto => tree.tool_choice = None,
        Rewrite::KeepFirstCall => tools::keep_first_call(tree),
        Rewrite::UrlToBytes => parts::url_to_bytes(tree, supplies),
        Rewrite::FileToText => parts::file_to_text(tree, supplies),
        Rewrite::LiftResultMedia => parts::lift_result_media(tree),
        Rewrite::ContextToText => parts::context_to_text(tree),
        Rewrite::DocumentToText => parts::document_to_text(tree),
        Rewrite::SearchResultToText => parts::search_result_to_text(tree),
        Rewrite::RefusalToText => parts::refusal_to_text(tree),
        Rewrite::SealedToText => reasoning::sealed_to_text(tree),
        Rewrite::MinimalToLow => reasoning::minimal_to_low(tree),
        Rewrite::OffToLow => reasoning::off_to_low(tree),
        Rewrite::BudgetToEffort => reasoning::budget_to_effort(tree),
        Rewrite::AdaptiveToEffort => reasoning::adaptive_to_effort(tree),
        Rewrite::DisplayToSummary => reasoning::display_to_summary(tree),
        Rewrite::RaiseMaxOutput => limits::raise_max_output(tree),
        Rewrite::LowerMaxOutput(limit) => limits::lower_max_output(tree, limit),
        Rewrite::ClampTemperature(thousandths) => limits::clamp_temperature(tree, thousandths),
        Rewrite::LowerEffort(limit) => reasoning::lower_effort(tree, limit),
        Rewrite::Drop => {}
    }
}
