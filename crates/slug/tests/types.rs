//! What holds for the public types.

use switchback_slug::{Dialect, Family, ModelId, NoSpelling, Pattern, Printed, Provider, Resolution, Slug, Suggestion};

#[test]
fn types_cross_threads_and_show_themselves() {
    fn check<T: Send + Sync + std::fmt::Debug>() {}
    check::<(Slug<'static>, ModelId<'static>, Pattern<'static>, Suggestion<'static>)>();
    check::<(Dialect, Provider, Family, Resolution, Printed, NoSpelling)>();
}

#[test]
fn dialects_print_and_read() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.to_string().parse(), Ok(dialect));
    }
    let error = "vertex".parse::<Dialect>().map_err(|error| error.to_string());
    assert_eq!(
        error,
        Err("unknown dialect `vertex`, expected one of native, llmgateway, litellm, portkey, helicone, \
             helicone-ai-gateway, tensorzero, openrouter, vercel, bifrost"
            .to_owned())
    );
}

#[test]
fn litellm_takes_the_most_specific_wildcard() {
    let mut patterns = ["*", "openai/*", "openai/gpt-*", "*gpt*"].map(Pattern::new);
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.specificity()));
    // Both `(.*)gpt(.*)` and `openai/(.*)` have eleven characters; more special ones win.
    assert_eq!(patterns.map(Pattern::as_str), ["openai/gpt-*", "*gpt*", "openai/*", "*"]);
    let first = patterns.iter().find_map(|pattern| pattern.captures("openai/gpt-4o"));
    assert_eq!(first, Some(vec!["4o"]));
    assert_eq!(
        Pattern::new("openai/fo::*:static::*").captures("openai/fo::hi:static::hello"),
        Some(vec!["hi", "hello"])
    );
    assert_eq!(Pattern::new("a*b*").captures("axbxb"), Some(vec!["xbx", ""]), "as long as possible, from the left");
    assert_eq!(Pattern::new("openai/*").captures("azure/gpt-4o"), None);
}

#[cfg(feature = "serde")]
#[test]
fn serde_forms_are_plain_strings() -> Result<(), serde_json::Error> {
    let text =
        serde_json::to_string(&(Dialect::LiteLlm, Provider::BEDROCK, switchback_slug::family("claude-4.5-haiku")))?;
    assert_eq!(text, r#"["litellm","bedrock","claude-haiku-4-5"]"#);
    let (dialect, provider, family): (Dialect, Provider, Family) = serde_json::from_str(&text)?;
    assert_eq!((dialect, provider.as_str(), family.as_str()), (Dialect::LiteLlm, "bedrock", "claude-haiku-4-5"));
    Ok(())
}
