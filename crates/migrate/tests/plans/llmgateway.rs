//! Written in the style of its documentation (dynamic routes, routing, compliance: read 2026-10); it publishes no files.

use switchback_migrate::System::LlmGateway;

use super::*;

/// The graph of its documentation, with models that the catalog has.
const DOCUMENTED: &str = r#"{"entry":"tier","nodes":[
    {"id":"tier","type":"conditional","conditions":[{"field":{"source":"header","path":"x-user-tier"},"op":"eq","value":"paid","next":"premium"}],"else":"split"},
    {"id":"premium","type":"model","model":"gpt-4o","providers":["azure","openai"]},
    {"id":"split","type":"percentage","splits":[{"weight":80,"next":"stable"},{"weight":20,"next":"experiment"}]},
    {"id":"stable","type":"model","model":"gpt-5-nano","providers":["openai"]},
    {"id":"experiment","type":"model","model":"gpt-4o-mini","providers":["openai"]}]}"#;

fn header(asked: Asked, name: &'static str, value: &'static str) -> Asked {
    Asked { headers: vec![(name, value)], ..asked }
}

/// Whether after each failure that model is tried, in its dated forms too, and no other.
#[track_caller]
fn leads(moved: &Moved, asked: &Asked, model: &str) {
    for order in moved.orders(asked) {
        assert!(!order.is_empty() && order.iter().all(|tried| tried.starts_with(model)), "{order:?}");
    }
}

/// A graph of one condition on a field: where it holds `openai/gpt-4o`, else `gpt-5-nano`.
fn branch(field: &str, rest: &str) -> Moved {
    let text = format!(
        r#"{{"entry":"c","nodes":[{{"id":"c","type":"conditional","conditions":[{{"field":{field},{rest},"next":"y"}}],"else":"n"}},
        {{"id":"y","type":"model","model":"gpt-4o","providers":["openai"]}},{{"id":"n","type":"model","model":"gpt-5-nano","providers":["openai"]}}]}}"#
    );
    Moved::new(LlmGateway, &text)
}

#[test]
fn the_first_condition_that_holds_decides_and_providers_are_an_order() {
    let moved = Moved::new(LlmGateway, DOCUMENTED);
    let paid = header(ask("dynamic/support"), "x-user-tier", "paid");
    // `providers` restricts, and is the order of what follows after 5xx, 429 and timeouts. An overflow is a 400 that
    // no other endpoint of the model would take.
    for outcome in [status(429), status(500), timeout()] {
        assert_eq!(moved.providers(&paid, outcome), ["azure-openai", "openai"], "{outcome:?}");
    }
    assert_eq!(moved.providers(&paid, overflow()), ["azure-openai"]);
    // One provider may stand without a list.
    let alone = DOCUMENTED.replace(r#"["azure","openai"]"#, r#""openai""#);
    assert_eq!(Moved::new(LlmGateway, &alone).providers(&paid, status(500)), ["openai"]);
    // None says nothing; what cannot be read allows none, where it allowed all.
    let none = DOCUMENTED.replace(r#"["azure","openai"]"#, "[]");
    assert!(Moved::new(LlmGateway, &none).providers(&paid, status(500)).len() > 1);
    for unread in [r#"[""]"#, "[7]", r#"{"openai":true}"#] {
        let unread = DOCUMENTED.replace(r#"["azure","openai"]"#, unread);
        Moved::new(LlmGateway, &unread).follows(&paid, always(&[]));
    }
    // Another value takes `else`.
    let order = moved.order(&header(ask("dynamic/support"), "x-user-tier", "free"), status(500));
    assert!(order[0] == "openai/gpt-5-nano" || order[0] == "openai/gpt-4o-mini", "{order:?}");
}

#[test]
fn a_percentage_draws_by_the_session_and_only_what_was_drawn_is_tried() {
    let moved = Moved::new(LlmGateway, DOCUMENTED);
    let mut drawn = [0, 0];
    for seed in 0..80 {
        let asked = ask("dynamic/support").seed(seed);
        let is_mini = moved.order(&asked, status(500))[0].contains("mini");
        leads(&moved, &asked, if is_mini { "openai/gpt-4o-mini" } else { "openai/gpt-5-nano" });
        drawn[usize::from(is_mini)] += 1;
    }
    assert!(drawn[0] > 2 * drawn[1] && drawn[1] > 2, "{drawn:?}");
    // One session keeps its arm.
    for session in ["a", "b", "c"] {
        let of = |seed| moved.order(&header(ask("dynamic/support"), "x-session-id", session).seed(seed), status(500));
        assert_eq!(of(1), of(2), "{session}");
    }
}

#[test]
fn comparisons_are_those_of_the_documentation() {
    let body = r#"{"source":"body","path":"max_tokens"}"#;
    let asked = |number| ask("dynamic/x").value("/max_tokens", Value::Number(number));
    // `gt`: numerically greater.
    let greater = branch(body, r#""op":"gt","value":1000"#);
    leads(&greater, &asked(1001.0), "openai/gpt-4o");
    leads(&greater, &asked(1000.0), "openai/gpt-5-nano");
    leads(&greater, &ask("dynamic/x"), "openai/gpt-5-nano");
    // `exists`: present, whatever it is.
    let exists = branch(body, r#""op":"exists""#);
    leads(&exists, &asked(0.0), "openai/gpt-4o");
    leads(&exists, &ask("dynamic/x"), "openai/gpt-5-nano");
    let tier = r#"{"source":"header","path":"x-tier"}"#;
    // `in`: equal to one of them.
    let among = branch(tier, r#""op":"in","value":["pro","max"]"#);
    leads(&among, &header(ask("dynamic/x"), "x-tier", "max"), "openai/gpt-4o");
    leads(&among, &header(ask("dynamic/x"), "x-tier", "maximum"), "openai/gpt-5-nano");
    // `contains`: anywhere in the text.
    let within = branch(tier, r#""op":"contains","value":"pro""#);
    leads(&within, &header(ask("dynamic/x"), "x-tier", "a-pro-user"), "openai/gpt-4o");
    // `neq` matches also where the field is missing.
    let other = branch(tier, r#""op":"neq","value":"free""#);
    leads(&other, &header(ask("dynamic/x"), "x-tier", "free"), "openai/gpt-5-nano");
    leads(&other, &ask("dynamic/x"), "openai/gpt-4o");
    // `metadata.apiKeyId` is the caller's key, `orgId` the tenant; `plan` comes as metadata.
    let plan = branch(r#"{"source":"metadata","path":"plan"}"#, r#""op":"eq","value":"enterprise""#);
    leads(&plan, &ask("dynamic/x").metadata("plan", "enterprise"), "openai/gpt-4o");
    leads(&plan, &ask("dynamic/x"), "openai/gpt-5-nano");
}

#[test]
fn a_classifier_takes_its_else() {
    // Fail-open: without a verdict `else`, there as here, where nothing judges prompts.
    let text = r#"{"entry":"rate","nodes":[
        {"id":"rate","type":"classifier","kind":"jev","on":"difficulty","cases":[{"value":"high","next":"frontier"}],"else":"cheap"},
        {"id":"frontier","type":"model","model":"gpt-4o"},{"id":"cheap","type":"model","model":"gpt-5-nano","providers":["openai"]}]}"#;
    leads(&Moved::new(LlmGateway, text), &ask("dynamic/x"), "openai/gpt-5-nano");
}

#[test]
fn a_graph_that_ends_or_turns_in_a_circle_refuses() {
    let end = r#"{"entry":"a","nodes":[{"id":"a","type":"conditional","conditions":[{"field":{"source":"body","path":"x"},"op":"exists","next":"m"}],"else":"e"},{"id":"e","type":"end"},{"id":"m","type":"model","model":"gpt-4o"}]}"#;
    Moved::new(LlmGateway, end).follows(&ask("dynamic/a"), always(&[]));
    let circle = r#"{"entry":"a","nodes":[{"id":"a","type":"percentage","splits":[{"weight":1,"next":"b"}]},{"id":"b","type":"percentage","splits":[{"weight":1,"next":"a"}]}]}"#;
    Moved::new(LlmGateway, circle).follows(&ask("dynamic/a"), always(&[]));
}

/// A node that ends and is reached twice became a model of a name that nothing has; one in a circle a group that no
/// engine takes.
#[test]
fn an_end_that_several_branches_share_refuses() {
    let on = |value| format!(r#"{{"field":{{"source":"header","path":"x"}},"op":"eq","value":"{value}""#);
    let (one, two, three) = (on("1"), on("2"), on("3"));
    let text = format!(
        r#"{{"entry":"a","nodes":[{{"id":"e","type":"end"}},{{"id":"m","type":"model","model":"gpt-4o","providers":["openai"]}},
        {{"id":"a","type":"conditional","conditions":[{one},"next":"e"}},{two},"next":"m"}},{three},"next":"s"}}],"else":"e"}},
        {{"id":"s","type":"percentage","splits":[{{"weight":1,"next":"e"}},{{"weight":0,"next":"m"}}]}}]}}"#
    );
    let moved = Moved::new(LlmGateway, &text);
    for refused in ["1", "3", "4"] {
        moved.follows(&header(ask("dynamic/a"), "x", refused), always(&[]));
    }
    leads(&moved, &header(ask("dynamic/a"), "x", "2"), "openai/gpt-4o");
    let files = [SourceFile { name: "config", text: &text }];
    let migration = Import::new(LlmGateway).read(&files, embedded()).unwrap();
    assert_eq!(migration.findings(embedded()).unwrap(), []);
    let alone = Moved::new(LlmGateway, r#"{"entry":"e","nodes":[{"id":"e","type":"end"}]}"#);
    alone.follows(&ask("gpt-4o"), always(&[]));
    let circle = r#"{"entry":"a","nodes":[{"id":"a","type":"percentage","splits":[{"weight":1,"next":"b"},{"weight":1,"next":"b"}]},
        {"id":"b","type":"percentage","splits":[{"weight":1,"next":"a"}]}]}"#;
    let moved = Moved::new(LlmGateway, circle);
    moved.policy.check().unwrap();
    moved.follows(&ask("dynamic/a"), always(&[]));
}

#[test]
fn two_branches_to_one_node_are_one_group() {
    let text = r#"{"entry":"a","nodes":[
        {"id":"a","type":"conditional","conditions":[{"field":{"source":"header","path":"x"},"op":"eq","value":"1","next":"m"},{"field":{"source":"header","path":"x"},"op":"eq","value":"2","next":"n"}],"else":"m"},
        {"id":"m","type":"model","model":"gpt-4o","providers":["openai"]},{"id":"n","type":"model","model":"gpt-5-nano","providers":["openai"]}]}"#;
    let moved = Moved::new(LlmGateway, text);
    assert!(moved.policy.groups.contains_key("dynamic/m"));
    leads(&moved, &header(ask("dynamic/z"), "x", "1"), "openai/gpt-4o");
    leads(&moved, &header(ask("dynamic/z"), "x", "2"), "openai/gpt-5-nano");
    leads(&moved, &ask("dynamic/z"), "openai/gpt-4o");
}

#[test]
fn a_strategy_sorts_providers_and_the_rest_follow() {
    // `routing: price`: nine tenths the price. Others follow after 429, 5xx and timeouts, and not after what the
    // prompt is to blame for.
    let moved = Moved::new(LlmGateway, r#"{"model":"gpt-4o","routing":"price"}"#);
    for outcome in [status(429), status(500), timeout()] {
        assert!(moved.providers(&ask("gpt-4o"), outcome).len() > 1, "{outcome:?}");
    }
    assert_eq!(moved.walk(&ask("gpt-4o"), status(400)).len(), 1);
}

#[test]
fn a_provider_before_the_model_comes_first_and_others_follow() {
    // Below 90 % uptime it is rerouted unless `X-No-Fallback` is sent.
    let moved = Moved::new(LlmGateway, r#"{"model":"azure/gpt-4o"}"#);
    let tried = moved.providers(&ask("azure/gpt-4o"), status(500));
    assert!(tried[0] == "azure-openai" && tried.len() > 1, "{tried:?}");
    let (alone, asked) = Moved::request(LlmGateway, &[("X-No-Fallback", "true")], r#"{"model":"azure/gpt-4o"}"#);
    assert_eq!(alone.providers(&asked, status(500)), ["azure-openai"]);
}

#[test]
fn a_class_of_service_is_never_given_up() {
    // `service_tier` narrows the routes at every attempt.
    let moved = Moved::new(LlmGateway, r#"{"model":"gpt-5","service_tier":"flex"}"#);
    let tiers = |asked: &Asked| moved.attempts(asked, status(500), |endpoint| endpoint.tier().to_string());
    assert!(tiers(&ask("gpt-5")).iter().all(|tier| tier == "flex"));
}

#[test]
fn a_compliance_policy_fails_closed() {
    // Nobody has listed what the providers have: unknown never satisfies, there a 403.
    let soc2 = Moved::new(LlmGateway, r#"{"providerCompliancePolicy":{"enabled":true,"requireSoc2":true}}"#);
    soc2.follows(&ask("gpt-4o"), always(&[]));
    // Switched off it asks nothing.
    let off = Moved::new(LlmGateway, r#"{"providerCompliancePolicy":{"enabled":false,"requireSoc2":true}}"#);
    assert!(!off.order(&ask("gpt-4o"), status(500)).is_empty());
    // Lists of providers and of models hold together; a denied one is out although it is allowed.
    let lists = r#"{"enabled":true,"allowedProviders":["openai","azure"],"blockedProviders":["azure"],"allowedModels":["gpt-4o"]}"#;
    let lists = Moved::new(LlmGateway, lists);
    lists.follows(&ask("gpt-4o-mini"), always(&[]));
    assert_eq!(lists.providers(&ask("gpt-4o"), status(500)), ["openai"]);
    // A provider of one's own that the catalog does not have allows nothing else.
    let own = Moved::new(LlmGateway, r#"{"enabled":true,"allowedProviders":["custom:mine"]}"#);
    own.follows(&ask("gpt-4o"), always(&[]));
    // What cannot be read is met by nobody.
    for closed in [
        r#""allowedProviders":["openai"],"allowedModels":["custom:mine"]"#,
        r#""allowedProviders":["openai"],"allowedModels":["custom:mine/gpt-4o"]"#,
        r#""allowedProviders":{"openai":true}"#,
        r#""allowedProviders":{}"#,
        r#""allowedModels":[""]"#,
        r#""allowedModels":"""#,
        r#""blockedProviders":{"openai":true}"#,
        r#""blockedProviders":["openai",{"azure":true}]"#,
        r#""blockedModels":[7]"#,
        r#""blockedModels":7"#,
        r#""blockApiTraining":"yes""#,
        r#""zeroDataRetention":1"#,
        r#""requireSoc2":"yes""#,
        r#""dataResidency":{"eu":true}"#,
        r#""allowedCountries":[7]"#,
        r#""allowedCountries":"US""#,
    ] {
        let policy = Moved::new(LlmGateway, &format!(r#"{{"enabled":true,{closed}}}"#));
        assert_eq!(policy.order(&ask("gpt-4o"), status(500)), [""; 0], "{closed}");
    }
    // An empty list denies nothing, and one that is not there neither.
    let lists =
        r#"{"enabled":true,"blockedProviders":[],"blockedModels":null,"allowedProviders":null,"allowedModels":[]}"#;
    assert!(!Moved::new(LlmGateway, lists).order(&ask("gpt-4o"), status(500)).is_empty());
    // A model of a provider of one's own is allowed where the provider is.
    let lists =
        r#"{"enabled":true,"allowedProviders":["openai","custom:mine"],"allowedModels":["custom:mine/gpt-4o"]}"#;
    let own = Moved::new(LlmGateway, lists);
    own.follows(&ask("gpt-4o"), always(&[]));
    assert_eq!(own.policy.settings.rules.allow, ["custom:mine/gpt-4o".parse().unwrap()]);
    assert_eq!(own.policy.settings.rules.deny, []);
    // One value may stand without a list.
    let one = Moved::new(LlmGateway, r#"{"enabled":true,"allowedProviders":"openai","blockedModels":"gpt-4o-mini"}"#);
    assert_eq!(one.providers(&ask("gpt-4o"), status(500)), ["openai"]);
    one.follows(&ask("gpt-4o-mini"), always(&[]));
}
