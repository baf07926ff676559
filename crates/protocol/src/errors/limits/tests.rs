use super::*;

#[expect(clippy::unnecessary_wraps, reason = "compared with what may be absent")]
fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn retry(value: &str) -> Option<Timestamp> {
    RateLimits::of([("retry-after", value)], now()).retry_at
}

#[test]
fn retry_after_is_seconds_or_one_of_three_dates() {
    assert_eq!(retry("30"), at("2026-11-21T10:00:30Z"));
    assert_eq!(retry(" 0.5 "), at("2026-11-21T10:00:00.500Z"));
    assert_eq!(retry("Sat, 21 Nov 2026 10:01:00 GMT"), at("2026-11-21T10:01:00Z"));
    assert_eq!(retry("Saturday, 21-Nov-26 10:01:00 GMT"), at("2026-11-21T10:01:00Z"));
    assert_eq!(retry("Sat Nov 21 10:01:00 2026"), at("2026-11-21T10:01:00Z"));
    assert_eq!(retry("Tue Dec  1 10:01:60 2026"), at("2026-12-01T10:01:59Z"));
    assert_eq!(retry("Sun, 06 Nov 1994 08:49:37 GMT"), Some(now()), "a date that is past means now");
    assert_eq!(retry("Monday, 01-Jan-77 00:00:00 GMT"), Some(now()), "more than 50 years ahead is the last century's");
    assert_eq!(retry("Tuesday, 01-Jan-30 00:00:00 GMT"), at("2030-01-01T00:00:00Z"));
}

#[test]
fn milliseconds_overrule_seconds_in_any_order() {
    for headers in
        [[("retry-after-ms", "1250"), ("Retry-After", "2")], [("Retry-After", "2"), ("RETRY-AFTER-MS", "1250")]]
    {
        assert_eq!(RateLimits::of(headers, now()).retry_at, at("2026-11-21T10:00:01.250Z"));
    }
}

#[test]
fn hostile_values_are_passed_over_with_a_note() {
    let hostile = [
        "",
        "-1",
        "+1",
        "1e9",
        "abc",
        "1.2.3",
        "1.",
        ".5",
        "0x10",
        "NaN",
        "Sat, 32 Nov 2026 10:01:00 GMT",
        "Sat, 21 Foo 2026 10:01:00 GMT",
        "Sat, 21 Nov 2026 25:01:00 GMT",
        "Sat, 21 Nov 20266 10:01:00 GMT",
        "½",
        "99999999999999999999999999999999999999999999999999999999999999999999999999",
    ];
    for value in hostile {
        let limits =
            RateLimits::of([("retry-after", value), ("retry-after-ms", value), ("x-should-retry", value)], now());
        assert_eq!((limits.retry_at, limits.should_retry, limits.ignored.len()), (None, None, 3), "{value:?}");
    }
    let reset = ["1m-", "m", "1x", "2026-13-01T00:00:00Z", "T", "2026-11-21T10:00:00+0100", "٣s"];
    for value in reset {
        let limits = RateLimits::of([("x-ratelimit-reset-requests", value)], now());
        assert_eq!((limits.limits.len(), limits.ignored.len()), (0, 1), "{value:?}");
    }
    assert_eq!(RateLimits::of([(&b"\xff"[..], &b"1"[..]), (b"retry-after", b"\xff")], now()).ignored.len(), 1);
    let many = std::iter::repeat_n(("retry-after", "x"), 100);
    assert_eq!(RateLimits::of(many, now()).ignored.len(), IGNORED);
    assert_eq!(retry("99999999999999999999"), Some(Timestamp::MAX), "what does not fit is for ever");
}

#[test]
fn openai_headers() {
    let limits = RateLimits::of(
        [
            ("X-RateLimit-Limit-Requests", "5000"),
            ("x-ratelimit-limit-tokens", "30000"),
            ("x-ratelimit-remaining-requests", "4999"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-requests", "20ms"),
            ("x-ratelimit-reset-tokens", "6m0s"),
            ("x-should-retry", "true"),
        ],
        now(),
    );
    let requests = *limits.window(Window::Requests).unwrap();
    assert_eq!(
        (requests.limit, requests.remaining, requests.reset),
        (Some(5000), Some(4999), at("2026-11-21T10:00:00.020Z"))
    );
    let tokens = *limits.window(Window::Tokens).unwrap();
    assert_eq!((tokens.limit, tokens.remaining, tokens.reset), (Some(30000), Some(0), at("2026-11-21T10:06:00Z")));
    assert_eq!((limits.should_retry, limits.ignored.len()), (Some(true), 0));
    assert_eq!(limits.readmission(), at("2026-11-21T10:06:00Z"), "no `retry-after`: the reset of what ran out");
    assert!(limits.only_tokens_ran_out());
}

#[test]
fn anthropic_headers() {
    let limits = RateLimits::of(
        [
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", "2026-11-21T10:00:12Z"),
            ("anthropic-ratelimit-input-tokens-remaining", "0"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-11-21T12:00:20.123456+02:00"),
            ("anthropic-ratelimit-output-tokens-reset", "2026-11-21T05:00:20-05:00"),
            ("anthropic-ratelimit-unified-status", "rejected"),
            ("anthropic-ratelimit-unified-5h-reset", "1795266000"),
            ("anthropic-ratelimit-unified-representative-claim", "five_hour"),
        ],
        now(),
    );
    let window = |window| limits.window(window).map(|limit| (limit.remaining, limit.reset)).unwrap();
    assert_eq!(window(Window::Requests), (Some(49), at("2026-11-21T10:00:12Z")));
    assert_eq!(window(Window::InputTokens), (Some(0), at("2026-11-21T10:00:20.123Z")));
    assert_eq!(window(Window::OutputTokens), (None, at("2026-11-21T10:00:20Z")));
    assert_eq!(window(Window::Plan), (Some(0), at("2026-11-21T13:00:00Z")));
    assert_eq!(limits.ignored, []);
}

#[test]
fn other_spellings() {
    let reset =
        |value| RateLimits::of([("x-ratelimit-reset", value)], now()).limits.first().and_then(|limit| limit.reset);
    assert_eq!(reset("1795255260000"), at("2026-11-21T10:01:00Z"), "milliseconds since 1970: OpenRouter");
    assert_eq!(reset("1795255260"), at("2026-11-21T10:01:00Z"), "seconds since 1970");
    assert_eq!(reset("60"), at("2026-11-21T10:01:00Z"), "seconds from now");
    assert_eq!(reset("1d2h3m4.5s"), at("2026-11-22T12:03:04.500Z"));
    assert_eq!(reset("2m59.56s"), at("2026-11-21T10:02:59.560Z"));
    let scarcer = [("x-ratelimit-remaining-tokens", "9"), ("x-ratelimit-remaining-project-tokens", "3")];
    assert_eq!(RateLimits::of(scarcer, now()).limits[0].remaining, Some(3));
}
