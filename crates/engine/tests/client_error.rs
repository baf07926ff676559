//! What clients get when there is no answer: by one table, in every protocol.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use serde_json::Value;
use std::collections::BTreeSet;
use switchback::catalog::EndpointId;
use switchback::ir::ErrorClass;
use switchback::plan::{Cursor, Itinerary, Leg, Outcome, Refusal, Step, Stop, Triggers};
use switchback::protocol::errors::{classify, decode_error};
use switchback::units::Millis;
use switchback::{
    AllFailed, Caller, Case, ClientError, Engine, ErrorOptions, Exhaustion, Failed, Limits, Policy, Protocol,
    Situation, Timestamp, decode,
};

const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + seconds * 1_000)
}

fn failed(class: ErrorClass) -> Failed {
    Failed { class, retry_at: None }
}

fn of(exhaustion: &Exhaustion, protocol: Protocol) -> ClientError {
    ClientError::of(exhaustion, protocol, &ErrorOptions::at(NOW))
}

fn header<'e>(error: &'e ClientError, name: &str) -> Option<&'e str> {
    error.headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str())
}

/// The refusal of a request under a caller and a policy, from the real planner.
fn refusal(body: &str, policy: &str, caller: &str) -> Refusal {
    let request = decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
    let caller: Caller = serde_json::from_str(caller).unwrap();
    let engine = Engine::default().with_policy(serde_json::from_str::<Policy>(policy).unwrap());
    let plan = engine.decide(&request, &Situation::at(NOW).with_caller(&caller));
    plan.refusal().unwrap_or_else(|| panic!("{plan}")).clone()
}

#[test]
fn what_keeps_every_endpoint_out_decides() {
    let hello = |model: &str| format!(r#"{{"messages":[{{"role":"user","content":"hello"}}],"model":{model}}}"#);
    let mini = r#""gpt-4o-mini""#;
    for (model, policy, caller, case, status) in [
        (mini, r#"{"require":{"regions":["mars"]}}"#, "{}", Case::DataPolicy, 422),
        (mini, r#"{"require":{"zero_retention":true}}"#, "{}", Case::DataPolicy, 422),
        (mini, "{}", r#"{"levels":[{"name":"key","budget":"0"}]}"#, Case::OverBudget, 402),
        (mini, "{}", r#"{"levels":[{"name":"key","allow":["anthropic"]}]}"#, Case::NotPermitted, 403),
        (
            r#""claude-haiku-4-5","service_tier":"flex""#,
            r#"{"degrade":false,"unknown":"deny"}"#,
            "{}",
            Case::Unsupported,
            400,
        ),
    ] {
        let refusal = refusal(&hello(model), policy, caller);
        for protocol in Protocol::ALL {
            let error = ClientError::of(&refusal, protocol, &ErrorOptions::at(NOW));
            assert_eq!((error.case, error.status), (case, status), "{refusal:?}");
            assert!(String::from_utf8(error.body).unwrap().contains("every endpoint of it is excluded; "));
        }
    }
    let nameless = refusal(r#"{"messages":[]}"#, "{}", "{}");
    assert_eq!(ClientError::of(&nameless, Protocol::Chat, &ErrorOptions::at(NOW)).status, 400);
}

#[test]
fn an_unknown_model_is_404_with_suggestions() {
    for protocol in Protocol::ALL {
        let refusal = refusal(r#"{"model":"gpt-4o-minni","messages":[]}"#, "{}", "{}");
        let error = ClientError::of(&refusal, protocol, &ErrorOptions::at(NOW));
        let body = String::from_utf8(error.body).unwrap();
        assert_eq!((error.status, error.case), (404, Case::UnknownModel));
        assert!(body.contains("gpt-4o-mini") && body.contains("not_found_error"), "{body}");
    }
}

#[test]
fn every_failed_class_has_a_status_and_no_401() {
    for class in ErrorClass::ALL {
        for protocol in Protocol::ALL {
            let error = of(&Exhaustion::of([failed(class)]), protocol);
            assert!((400..600).contains(&error.status) && error.status != 401 && error.status != 402, "{class}");
            assert_ne!(error.class, ErrorClass::Credential);
            let body: Value = serde_json::from_slice(&error.body).unwrap();
            assert!(!body["error"]["message"].as_str().unwrap().is_empty());
            assert_eq!(header(&error, "content-type"), Some("application/json"));
        }
    }
}

#[test]
fn what_every_endpoint_said_decides() {
    use ErrorClass as C;
    let cases = [
        (vec![C::Credential], Case::AllFailed, 502),
        (vec![C::Quota, C::Permission, C::NotFound], Case::AllFailed, 502),
        (vec![C::Server, C::RateLimitTokens], Case::AllFailed, 502),
        (vec![C::ContextOverflow, C::RateLimitTokens], Case::AllFailed, 502),
        (vec![C::RateLimitTokens, C::RateLimitConcurrency, C::Overloaded], Case::Throttled, 429),
        (vec![C::Overloaded, C::Overloaded], Case::Overloaded, 503),
        (vec![C::Timeout, C::Timeout], Case::Deadline, 504),
        (vec![C::UnsupportedFeature, C::ContextOverflow], Case::Rejected, 400),
        (vec![C::TooLarge], Case::Rejected, 413),
        (vec![C::Server, C::Cancelled], Case::Cancelled, 499),
        (vec![], Case::AllFailed, 502),
    ];
    for (classes, case, status) in cases {
        let error = of(&Exhaustion::of(classes.iter().copied().map(failed)), Protocol::Chat);
        assert_eq!((error.case, error.status), (case, status), "{classes:?}");
    }
    let overloaded = Exhaustion::of([failed(C::Overloaded)]);
    assert_eq!(of(&overloaded, Protocol::Messages).status, 529);
    assert_eq!(of(&Exhaustion::of([failed(C::Server)]).past_deadline(), Protocol::Chat).status, 504);
    assert_eq!(of(&Exhaustion::default().waiting_until(at(3)), Protocol::Chat).case, Case::Resting);
}

#[test]
fn the_status_of_failure_is_an_option() {
    for (option, status) in
        [(AllFailed::FailedDependency, 424), (AllFailed::BadGateway, 502), (AllFailed::Unavailable, 503)]
    {
        let tried = Exhaustion::of([failed(ErrorClass::Server)]);
        let options = ErrorOptions::at(NOW).with_all_failed(option);
        assert_eq!(ClientError::of(&tried, Protocol::Responses, &options).status, status);
    }
}

#[test]
fn retry_after_is_the_earliest_readmission() {
    let throttled = |retry_at| Failed { class: ErrorClass::RateLimitRequests, retry_at };
    let tried = Exhaustion::of([throttled(Some(at(90))), throttled(None), throttled(Some(at(20)))]);
    let error = of(&tried, Protocol::Chat);
    assert_eq!((header(&error, "retry-after"), header(&error, "retry-after-ms")), (Some("20"), Some("20000")));
    let error = of(&tried.waiting_until(at(7)), Protocol::Chat);
    assert_eq!(header(&error, "retry-after"), Some("7"));
    let past = of(&Exhaustion::of([throttled(Some(Timestamp::EPOCH))]), Protocol::Chat);
    assert_eq!(header(&past, "retry-after"), Some("1"));
    let unknown = of(&Exhaustion::of([throttled(None)]), Protocol::Chat);
    assert_eq!(header(&unknown, "retry-after"), None);
    let rejected =
        of(&Exhaustion::of([Failed { class: ErrorClass::BadRequest, retry_at: Some(at(5)) }]), Protocol::Chat);
    assert_eq!(header(&rejected, "retry-after"), None);
}

#[test]
fn a_body_reads_back_as_its_class() {
    for class in ErrorClass::ALL {
        for protocol in Protocol::ALL {
            let error = of(&Exhaustion::of([failed(class)]), protocol);
            let none: [(&str, &str); 0] = [];
            let found = classify(protocol, Some(error.status), none, &error.body);
            assert!(
                found.class.retries_same() == error.class.retries_same(),
                "{class} {} {}",
                error.class,
                found.class
            );
            assert!(decode_error(protocol, None, &error.body, &Limits::default()).message().is_some());
        }
    }
}

#[test]
fn codes_are_unique_and_every_line_says_when() {
    let codes: BTreeSet<_> = Case::ALL.iter().map(|case| case.code()).collect();
    assert_eq!(codes.len(), Case::ALL.len());
    assert!(Case::ALL.iter().all(|case| !case.when().is_empty()));
}

/// What a cursor has met is told by endpoint: the last word of each, and the earliest time at which it takes requests again.
#[test]
fn an_exhausted_cursor_says_what_the_client_is_told() {
    let mut itinerary = Itinerary::default();
    itinerary.legs = vec![Leg::default().failover(Triggers::read(["any", "!content_policy"]).unwrap())];
    itinerary.stops = (1..=3).map(|id| Stop::new(EndpointId::from(id)).with_credentials("p", &["a", "b"])).collect();
    let throttled =
        |seconds| Outcome::failed(ErrorClass::RateLimitRequests).with_retry_after(Millis::from_secs(seconds));
    let told = |outcomes: &[Outcome]| {
        let mut cursor = Cursor::new(itinerary.clone());
        for outcome in outcomes {
            let Step::Attempt(id) = cursor.next(NOW) else {
                panic!("{:?} after {:?}", cursor.next(NOW), cursor.attempts())
            };
            cursor.report(id, *outcome, NOW).unwrap();
        }
        assert_eq!(cursor.next(NOW), Step::Exhausted);
        of(&Exhaustion::from(&cursor), Protocol::Chat)
    };
    let error = told(&[throttled(9), throttled(40), throttled(30), throttled(20), throttled(60), throttled(70)]);
    assert_eq!((error.case, header(&error, "retry-after")), (Case::Throttled, Some("9")));
    assert!(String::from_utf8(error.body).unwrap().contains("3 endpoints were asked"));

    let filtered = Outcome::failed(ErrorClass::ContentPolicy).with_status(400);
    let error = told(&[Outcome::failed(ErrorClass::Server), filtered]);
    assert_eq!((error.case, error.status, error.class), (Case::Rejected, 400, ErrorClass::ContentPolicy));

    let server = Outcome::failed(ErrorClass::Server);
    assert_eq!(told(&[server, server, server]).case, Case::AllFailed);
}
