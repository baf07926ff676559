//! Conversations go where their prompts are warm, after everything else has been decided.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use switchback::affinity::{Beliefs, Secret, SeedSource};
use switchback::catalog::{Billing, Catalog, EndpointId, PriceKind, Providers, Row};
use switchback::ir::{ErrorClass, Usage};
use switchback::plan::{Cursor, Note, Outcome, Reading, Readings, Step};
use switchback::units::{Millis, Rate, Ratio};
use switchback::uptime::{Call, Settings, Span, Target, Uptime};
use switchback::{
    Conversations, Engine, Limits, Measured, Plan, Policy, Protocol, Request, RequestReader, Signals, Situation,
    Speaker, Timestamp, Warm, decode,
};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const HOSTS: [&str; 3] = ["azure", "google", "openai"];

/// Three hosts of one model at nearly one price.
fn engine() -> Engine {
    let rows = HOSTS.iter().zip(["2.5", "2.6", "2.5"]).map(|(provider, dollars)| {
        let mut row = Row::new(*provider, "gpt-4o");
        row.protocols = vec![Protocol::Chat];
        row.billing = Billing::Metered;
        for (kind, dollars) in [(PriceKind::Input, dollars), (PriceKind::Output, "10"), (PriceKind::CacheRead, "0.25")]
        {
            row.prices.base.set(kind, Rate::per_million(dollars).unwrap().value);
        }
        row
    });
    Engine::new(Catalog::build(rows.collect(), Vec::new(), Providers::embedded()).unwrap(), Policy::default())
}

/// A conversation with so many turns, each a long question and, but for the last, an answer.
fn body(name: &str, turns: usize) -> String {
    let question = format!("{name}: all happy families are alike. ").repeat(200);
    let turn = |at: usize| {
        let answer = r#",{"role":"assistant","content":"So they are."}"#;
        format!(r#"{{"role":"user","content":"{question}"}}{}"#, if at + 1 < turns { answer } else { "" })
    };
    let turns: Vec<_> = (0..turns).map(turn).collect();
    format!(r#"{{"model":"gpt-4o","messages":[{}]}}"#, turns.join(","))
}

fn request(body: &str) -> Request<'_> {
    decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap()
}

fn speaker(session: &str) -> Speaker<'_> {
    Speaker { tenant: b"acme", session: Some(session.as_bytes()), ..Speaker::default() }
}

fn conversations() -> Conversations {
    Conversations::new(Secret::new([7; 32]))
}

fn decide(
    body: &str,
    session: &str,
    conversations: &Conversations,
    readings: &Readings,
    now: Timestamp,
) -> (Plan, Warm) {
    let situation = Situation::at(now).with_signals(Signals::of(readings));
    engine().decide_warm(&request(body), &situation, conversations, &speaker(session))
}

fn usage(input: u64, cached: u64) -> Usage {
    Usage { input: Some(input), cached: Some(cached), ..Usage::default() }
}

fn gated(endpoint: EndpointId) -> Readings {
    let mut readings = Readings::default();
    readings.set(endpoint, Reading { uptime: Ratio::new(0.3).ok(), ..Reading::default() });
    readings
}

#[test]
fn every_replica_sends_a_conversation_to_the_same_home_and_homes_are_spread() {
    let mut homes = [0; 3];
    for session in 0..60 {
        let session = session.to_string();
        let (first, warm) = decide(&body(&session, 1), &session, &conversations(), &Readings::default(), NOW);
        let (later, _) = decide(&body(&session, 3), &session, &conversations(), &Readings::default(), NOW);
        let home = first.attempts()[0].id();
        assert_eq!((Some(home), home), (warm.home(), later.attempts()[0].id()));
        assert!(first.attempts()[0].cached.is_none_or(|cached| cached.get() == 0), "nothing is warm of a first turn");
        let cached = later.attempts()[0].cached.unwrap().get();
        assert!((1_000..5_000).contains(&cached), "{cached}");
        homes[HOSTS.iter().position(|host| *host == first.attempts()[0].endpoint.provider()).unwrap()] += 1;
    }
    assert!(homes.iter().all(|count| *count >= 10), "{homes:?}");
}

#[test]
fn what_is_out_stays_out_and_the_conversation_falls_back() {
    let conversation = conversations();
    let (plan, _) = decide(&body("a", 3), "a", &conversation, &Readings::default(), NOW);
    let (home, next) = (plan.attempts()[0].id(), plan.attempts()[1].id());
    let (without, warm) = decide(&body("a", 3), "a", &conversation, &gated(home), NOW);
    assert!(without.attempts().iter().all(|attempt| attempt.id() != home));
    let out = without.excluded().iter().find(|excluded| excluded.endpoint.id() == home).unwrap();
    assert_eq!(out.reason.code(), "gated_by_uptime");
    assert_eq!(warm.home(), Some(without.attempts()[0].id()));
    assert_ne!(next, home);
}

/// A warm home keeps nobody waiting: what cannot be reached, whether or not it was tried again first, gives way to the next.
#[test]
fn from_a_warm_route_that_cannot_be_reached_the_cursor_goes_on_to_the_next() {
    let (plan, warm) = decide(&body("a", 3), "a", &conversations(), &Readings::default(), NOW);
    assert!(plan.attempts()[0].cached.is_some_and(|cached| cached.get() > 0));
    let (mut cursor, mut now, mut tried) = (Cursor::new(&plan), NOW, Vec::new());
    for _ in 0..20 {
        match cursor.next(now) {
            Step::Attempt(id) => {
                let endpoint = cursor.attempt(id).unwrap().endpoint;
                let outcome = if Some(endpoint) == warm.home() {
                    Outcome::failed(ErrorClass::Connection)
                } else {
                    Outcome::Success
                };
                tried.push(endpoint);
                cursor.report(id, outcome, now).unwrap();
            }
            Step::Wait(until) => now = until,
            Step::Exhausted => panic!("nobody answered: {tried:?}"),
            Step::Done => break,
        }
    }
    let (fallback, failed) = tried.split_last().unwrap();
    assert_eq!(*fallback, plan.attempts()[1].id());
    assert!(!failed.is_empty() && failed.iter().all(|endpoint| Some(*endpoint) == warm.home()), "{tried:?}");
}

#[test]
fn affinity_never_changes_who_is_eligible() {
    for session in ["a", "b", "c", "d"] {
        let text = body(session, 4);
        for readings in [Readings::default(), gated(EndpointId::of("openai gpt-4o chat - standard -"))] {
            let cold = engine().decide(&request(&text), &Situation::at(NOW).with_signals(Signals::of(&readings)));
            let (warm, _) = decide(&text, session, &conversations(), &readings, NOW);
            let sorted = |plan: &Plan| {
                let mut ids: Vec<_> = plan.attempts().iter().map(switchback::Attempt::id).collect();
                ids.sort();
                ids
            };
            assert_eq!(sorted(&cold), sorted(&warm));
            assert!(!warm.notes().contains(&Note::LastResort));
        }
    }
}

/// An endpoint that fails for a while and comes back, as one replica sees it.
fn recovered(endpoint: EndpointId, until: Timestamp) -> Uptime {
    let uptime = Uptime::new(Settings::default());
    let of = |id| uptime.endpoint(Target { endpoint: id, provider: id, credential: id }, NOW);
    // Another is known and well, so that it is not our network.
    of(1).record(&Call::new(switchback::uptime::Outcome::Success, NOW), NOW);
    let failure = switchback::uptime::Outcome::Failure { retry_after: None };
    (0..5).for_each(|_| of(endpoint.as_u64()).record(&Call::new(failure, NOW), NOW));
    (0..10).for_each(|_| of(endpoint.as_u64()).record(&Call::new(switchback::uptime::Outcome::Success, until), until));
    uptime
}

/// The home of a conversation with so many turns, by the gates themselves and by a snapshot of them.
fn home_by(uptime: &Uptime, session: &str, turns: usize, now: Timestamp) -> Option<EndpointId> {
    let snapshot = uptime.snapshot(Span::Minute, now);
    let measured = Measured::new(&snapshot, uptime.settings());
    let [by_gates, by_snapshot] = [measured.with_gates(uptime), measured].map(|measured| {
        let situation = Situation::at(now).with_signals(Signals::of(&measured));
        let text = body(session, turns);
        let (plan, warm) = engine().decide_warm(&request(&text), &situation, &conversations(), &speaker(session));
        assert_eq!(plan.attempts().len(), 3, "all are in");
        warm.home()
    });
    assert_eq!(by_gates, by_snapshot);
    by_gates
}

#[test]
fn a_conversation_that_an_outage_moved_stays_where_it_went() {
    let (_, warm) = decide(&body("a", 1), "a", &conversations(), &Readings::default(), NOW);
    let home = warm.home().unwrap();
    let (_, away) = decide(&body("a", 8), "a", &conversations(), &gated(home), NOW);
    let uptime = recovered(home, NOW.saturating_add(Millis::from_secs(120)));
    let later = NOW.saturating_add(Millis::from_secs(300));
    assert_eq!(home_by(&uptime, "a", 8, later), away.home(), "it began before");
    assert_eq!(home_by(&uptime, "a", 2, later), Some(home), "it began since");
    assert_eq!(home_by(&uptime, "a", 8, NOW.saturating_add(Millis::from_secs(900))), Some(home), "long ago");
}

#[test]
fn a_route_that_is_let_in_again_has_a_share_of_its_conversations() {
    let back = NOW.saturating_add(Millis::from_secs(200));
    let azure = EndpointId::of("azure gpt-4o chat - standard -");
    let uptime = recovered(azure, back);
    let at = |now| (0..60).filter(|name| home_by(&uptime, &name.to_string(), 1, now) == Some(azure)).count();
    let [at_first, half_way, at_last] = [1, 8_000, 16_000].map(|after| at(back.saturating_add(Millis::new(after))));
    assert!(at_first < half_way && half_way < at_last, "{at_first} {half_way} {at_last}");
}

/// The seed of a key by what a request says, with and without a header that the gateway read.
#[test]
fn the_session_that_a_request_names_tells_its_conversation() {
    let of = |members: &str, speaker: Speaker<'_>| {
        let text = body("a", 1).replacen('{', &format!("{{{members},"), 1);
        let mut request = request(&text);
        let reader = RequestReader::default();
        let (_, warm, routing) = engine()
            .decide_warm_as_asked(&mut request, &Situation::at(NOW), reader, &conversations(), &speaker)
            .unwrap();
        (warm.key().unwrap(), routing)
    };
    let nobody = Speaker { tenant: b"acme", ..Speaker::default() };
    let (named, routing) = of(r#""session_id":"s-1","user":"u""#, nobody);
    assert_eq!((named.source(), routing.unwrap().taken), (SeedSource::Session, vec!["/session_id".to_owned()]));
    assert_eq!(named, of(r#""session_id":"s-1","user":"another""#, nobody).0, "whoever the user is");
    assert_eq!(named, of(r#""user":"u""#, speaker("s-1")).0, "however the gateway got to know it");
    assert_eq!(
        of(r#""session_id":"s-1""#, speaker("s-2")).0,
        of(r#""user":"u""#, speaker("s-2")).0,
        "the gateway's own first"
    );
    // What other gateways take for a session where there is none has a place of its own.
    assert_eq!(of(r#""route":"fallback","user":"u""#, nobody).0.source(), SeedSource::User);
    let (by_key, _) = of(r#""session_id":"s-1","prompt_cache_key":"k""#, nobody);
    assert_eq!(by_key.source(), SeedSource::PromptCacheKey);
}

#[test]
fn a_conversation_with_something_warm_is_no_probe() {
    let (_, first) = decide(&body("a", 1), "a", &conversations(), &Readings::default(), NOW);
    let (_, later) = decide(&body("a", 2), "a", &conversations(), &Readings::default(), NOW);
    assert!(first.may_probe() && !later.may_probe());
}

#[test]
fn what_is_believed_is_shown_with_its_date_and_dies_with_its_lifetime() {
    let mut kept = conversations().with_beliefs(Beliefs::with_capacity(64));
    let (plan, warm) = decide(&body("a", 6), "a", &kept, &Readings::default(), NOW);
    // It went to another than its home, and the answer says that all of it is cached there now.
    let keeps_it =
        |attempt: &&switchback::Attempt| attempt.endpoint.provider() != "google" && Some(attempt.id()) != warm.home();
    let other = plan.attempts().iter().find(keeps_it).unwrap().id();
    let said = kept.observe(&warm, other, NOW, &usage(11_400, 0)).unwrap();
    assert_eq!((said.expected.get(), said.read.unwrap().get()), (0, 0));
    let later = NOW.saturating_add(Millis::from_secs(60));
    let (plan, warm) = decide(&body("a", 7), "a", &kept, &Readings::default(), later);
    let first = &plan.attempts()[0];
    assert_eq!(first.id(), other, "{plan}");
    let warmth = first.warmth.as_ref().unwrap();
    assert_eq!((warmth.since, warmth.until), (Some(NOW), Some(NOW.saturating_add(Millis::from_secs(300)))));
    assert!(warmth.saves.pico_dollars() > 0 && warmth.saves_ms.get() > 0);
    assert!(plan.to_string().contains("warm since 2026-11-18T11:06:40Z"), "{plan}");
    let said = kept.observe(&warm, other, later, &usage(13_300, 11_392)).unwrap();
    assert!(said.expected.get() > 0 && said.read == Some(switchback::units::Tokens::new(11_392)));
    let dead = later.saturating_add(Millis::from_secs(301));
    let (plan, _) = decide(&body("a", 8), "a", &kept, &Readings::default(), dead);
    assert!(plan.attempts().iter().all(|attempt| attempt.cached.is_none_or(|cached| cached.get() == 0)));
}

#[test]
fn a_cache_that_never_reads_is_credited_no_more() {
    let mut kept = conversations();
    let (plan, _) = decide(&body("a", 3), "a", &kept, &Readings::default(), NOW);
    let liar = plan.attempts()[0].id();
    for _ in 0..30 {
        let (_, warm) = decide(&body("a", 3), "a", &kept, &Readings::default(), NOW);
        kept.observe(&warm, liar, NOW, &usage(5_000, 0));
    }
    let (plan, warm) = decide(&body("a", 3), "a", &kept, &Readings::default(), NOW);
    assert_ne!(plan.attempts()[0].id(), liar);
    assert_ne!(warm.home(), Some(liar));
    let credited = plan.attempts().iter().find(|attempt| attempt.id() == liar).unwrap().cached.unwrap();
    assert_eq!(credited.get(), 0);
    // After a while of silence it is tried again.
    let (plan, _) = decide(&body("a", 3), "a", &kept, &Readings::default(), NOW.saturating_add(Millis::from_secs(901)));
    assert_eq!(plan.attempts()[0].id(), liar);
}

#[test]
fn a_keyed_hash_goes_upstream_and_nothing_that_the_client_wrote() {
    let secret = "the-clients-own-key";
    let body = body("a", 2).replacen('{', &format!(r#"{{"prompt_cache_key":"{secret}","#), 1);
    let (plan, warm) = decide(&body, "a", &conversations(), &Readings::default(), NOW);
    for attempt in plan.attempts() {
        let key = attempt.warmth.as_ref().unwrap().cache_key.clone().unwrap();
        assert_eq!(key.why, "prompt_cache_key");
        assert_eq!(key.key, warm.key().unwrap().upstream(None));
        let upstream = engine().prepare(&request(&body), &plan, attempt).unwrap();
        let sent = String::from_utf8(upstream.body).unwrap();
        assert!(sent.contains(&format!(r#""prompt_cache_key":"{}""#, key.key)) && !sent.contains(secret), "{sent}");
    }
    let other = Speaker { tenant: b"another", session: Some(b"a"), ..Speaker::default() };
    let (_, theirs) = engine().decide_warm(&request(&body), &Situation::at(NOW), &conversations(), &other);
    assert_ne!(theirs.key().unwrap().hash(), warm.key().unwrap().hash());
}

#[test]
fn a_hot_key_is_split_and_its_conversations_are_spread() {
    let hot = Speaker { tenant: b"acme", session: Some(b"app"), a_minute: 200, ..Speaker::default() };
    let mut homes = std::collections::BTreeSet::new();
    let mut keys = std::collections::BTreeSet::new();
    for name in 0..40 {
        let body = body(&name.to_string(), 1);
        let situation = Situation::at(NOW);
        let (plan, warm) = engine().decide_warm(&request(&body), &situation, &conversations(), &hot);
        homes.insert(warm.home());
        let openai = plan.attempts().iter().find(|attempt| attempt.endpoint.provider() == "openai").unwrap();
        let key = openai.warmth.clone().unwrap().cache_key.unwrap();
        assert!(key.why.starts_with("session, number "), "{}", key.why);
        keys.insert(key.key);
    }
    assert_eq!(homes.len(), 3);
    assert!((8..=16).contains(&keys.len()), "{keys:?}");
}
