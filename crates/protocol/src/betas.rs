//! Which parts of a Messages body need a feature in beta: one dated table.
//!
//! A member, tool or block needs one if only the beta types of the vendor's Python SDK `anthropic` 2.12.0 have it
//! (`types/beta/` against `types/`, read 2026-11-21); the names are those of its `AnthropicBetaParam`. What both have
//! needs none: files, containers and skills (out of beta since 2026-08-19), `computer_toolset_20260801` (the same day),
//! code execution, memory, tool search, web fetch, `output_config.format`, effort, `diagnostics`, a cache lifetime of an hour, and system
//! messages between turns.

/// A feature in beta, and what of a body needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Beta {
    /// The name that is sent.
    pub name: &'static str,
    /// Other versions of the same feature: where the client asks for one of these, it is the one that is sent.
    pub others: &'static [&'static str],
    /// Where it stands that the body needs it, with the date of the source.
    pub source: &'static str,
    /// What in a body needs it; any of these does.
    pub(crate) needs: &'static [Need],
}

/// Something that a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A member of the body, or of one of its objects.
    Member(&'static str, &'static str),
    /// A member of a message.
    MessageMember(&'static str),
    /// An edit in `context_management` whose type begins so.
    Edit(&'static str),
    /// A tool of this type.
    Tool(&'static str),
    /// A content block of this type.
    Block(&'static str),
    /// A tool that a block defines by value.
    InlineTool,
    /// The schema of the answer at its older place, `output_format`.
    OlderFormat,
}

/// The features, in the order in which they are sent.
///
/// ```
/// assert!(switchback_protocol::betas().iter().any(|beta| beta.name == "mcp-client-2025-11-20"));
/// ```
pub fn betas() -> &'static [Beta] {
    BETAS
}

impl Beta {
    /// Whether it goes by this name.
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.others.contains(&name)
    }

    /// What in a body needs it, for people.
    pub fn needed_by(&self) -> String {
        let words = self.needs.iter().map(|need| match need {
            Need::Member("", member) => format!("`{member}`"),
            Need::Member(object, member) => format!("`{object}.{member}`"),
            Need::MessageMember(member) => format!("`{member}` of a message"),
            Need::Edit(kind) => format!("an edit `{kind}…` of `context_management`"),
            Need::Tool(kind) => format!("a tool `{kind}`"),
            Need::Block(kind) => format!("a block `{kind}`"),
            Need::InlineTool => "a tool defined in a block".to_owned(),
            Need::OlderFormat => "`output_format`".to_owned(),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

const fn beta(
    name: &'static str,
    others: &'static [&'static str],
    needs: &'static [Need],
    source: &'static str,
) -> Beta {
    Beta { name, others, source, needs }
}

const TYPES: &str = "only in the beta types, SDK 2.12.0";

/// One row a feature.
pub(crate) const BETAS: &[Beta] = &[
    beta(
        "mcp-client-2025-11-20",
        &["mcp-client-2025-04-04", "mcp-client-2026-09-15"],
        &[
            Need::Member("", "mcp_servers"),
            Need::Tool("mcp_toolset"),
            Need::Block("mcp_tool_use"),
            Need::Block("mcp_tool_result"),
        ],
        "the vendor's page on the MCP connector, 2026",
    ),
    beta("context-management-2025-06-27", &[], &[Need::Edit("clear_")], "the vendor's page on beta headers, 2026"),
    beta("compact-2026-01-12", &["compact-2026-09-04"], &[Need::Edit("compact_"), Need::Block("compaction")], TYPES),
    beta("compact-2026-09-04", &[], &[Need::Member("", "compaction")], "`lib/tools/_beta_runner.py`, SDK 2.12.0"),
    beta(
        "computer-use-2024-10-22",
        &[],
        &[Need::Tool("computer_20241022"), Need::Tool("bash_20241022"), Need::Tool("text_editor_20241022")],
        TYPES,
    ),
    beta("computer-use-2025-01-24", &[], &[Need::Tool("computer_20250124")], TYPES),
    beta("computer-use-2025-11-24", &[], &[Need::Tool("computer_20251124")], TYPES),
    beta("advisor-tool-2026-03-01", &[], &[Need::Tool("advisor_20260301"), Need::Block("advisor_tool_result")], TYPES),
    beta(
        "mid-conversation-tool-changes-2026-07-01",
        &[],
        &[Need::Block("tool_addition"), Need::Block("tool_removal")],
        TYPES,
    ),
    beta("inline-tools-2026-09-15", &[], &[Need::InlineTool], "`BetaRequestToolAdditionBlockParam`, SDK 2.12.0"),
    beta("mid-conversation-output-config-2026-07-01", &[], &[Need::MessageMember("output_config")], TYPES),
    beta("mid-conversation-system-clear-at-2026-08-21", &[], &[Need::MessageMember("clear_at")], TYPES),
    beta("task-budgets-2026-03-13", &[], &[Need::Member("output_config", "task_budget")], TYPES),
    beta("structured-outputs-2025-11-13", &[], &[Need::OlderFormat], "the vendor's release notes, 2026-01"),
    beta(
        "server-side-fallback-2026-07-01",
        &["server-side-fallback-2026-06-01"],
        &[Need::Member("", "fallbacks"), Need::Block("fallback")],
        "`BetaFallbackParam`, SDK 2.12.0",
    ),
    beta(
        "fallback-credit-2026-07-01",
        &["fallback-credit-2026-06-01"],
        &[Need::Member("", "fallback_credit_token")],
        "`BetaFallbackCreditTokenParam`, SDK 2.12.0",
    ),
    beta("message-threads-2026-08-12", &[], &[Need::Member("", "thread")], TYPES),
    beta("user-profiles-billing-2026-10-01", &[], &[Need::Member("", "billing_policy")], TYPES),
    // Some models take it without; all that take `speed` take the header.
    beta("fast-mode-2026-02-01", &[], &[Need::Member("", "speed")], "`MessageCreateParams.speed`, SDK 2.12.0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once() {
        let mut names: Vec<_> = BETAS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(BETAS.iter().all(|row| !row.needs.is_empty() && !row.needed_by().is_empty()));
    }
}
