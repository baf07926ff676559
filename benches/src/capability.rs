//! Requirements of a request, and matching them against offers. Yardsticks: xxh3 of the same body, and of as many bytes as
//! an offer has.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use switchback_capability::{Degradation, Offer, OfferIndex, Policy, Requirements, Screen, Verdict, match_offer};
use switchback_catalog::Catalog;
use switchback_ir::{Feature, Limits, Protocol, Request};
use switchback_protocol::decode;
use switchback_testkit::PAYLOADS;
use switchback_units::Tokens;
use xxhash_rust::xxh3::xxh3_64;

/// As many endpoints as a large gateway knows.
const ENDPOINTS: usize = 5_000;

pub(crate) fn matching(criterion: &mut Criterion) {
    let payload = PAYLOADS.iter().find(|payload| payload.name == "agent_20k").unwrap();
    let body = payload.body(Protocol::Chat);
    let request = decode(Protocol::Chat, &body, &Limits::default()).unwrap();
    requirements(criterion, &body, &request);
    one_match(criterion, &request);
    filter(criterion, &request);
}

fn requirements(criterion: &mut Criterion, body: &[u8], request: &Request<'_>) {
    assert!(Requirements::of(request).features().contains(Feature::Tools));
    let mut group = criterion.benchmark_group("capability/agent_20k");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("xxh3", |bencher| bencher.iter(|| xxh3_64(black_box(body))));
    group.bench_function("requirements", |bencher| bencher.iter(|| Requirements::of(black_box(request))));
    group.finish();
}

fn one_match(criterion: &mut Criterion, request: &Request<'_>) {
    let needs = Requirements::of(request);
    let full = Offer::unknown().yes(Feature::Tools);
    let schema = br#"{"messages":[],"seed":7,"user":"u","metadata":{"a":"b"},"prompt_cache_key":"k",
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}"#;
    let request = decode(Protocol::Chat, schema, &Limits::default()).unwrap();
    let wants_schema = Requirements::of(&request);
    let lacks_schema = Offer::unknown().no(Feature::JsonSchema);
    let verdict = |needs: &Requirements, target, offer: &Offer| {
        match_offer(needs, Some(Protocol::Chat), target, offer, Policy::default())
    };
    assert!(verdict(&needs, Protocol::Chat, &full).is_full());
    assert!(matches!(verdict(&wants_schema, Protocol::Messages, &lacks_schema), Verdict::Degraded { .. }));
    let mut group = criterion.benchmark_group("capability/match");
    let bytes = [7_u8; size_of::<Offer>()];
    group.bench_function("xxh3", |bencher| bencher.iter(|| xxh3_64(black_box(&bytes))));
    group.bench_function("full", |bencher| {
        bencher.iter(|| verdict(black_box(&needs), Protocol::Chat, black_box(&full)));
    });
    group.bench_function("degraded", |bencher| {
        bencher.iter(|| verdict(black_box(&wants_schema), Protocol::Messages, black_box(&lacks_schema)));
    });
    group.finish();
}

/// Who serves the request as it is, among the endpoints of the embedded catalog over and over: the first thing that a
/// planner asks.
fn filter(criterion: &mut Criterion, request: &Request<'_>) {
    let catalog = Catalog::embedded();
    let known = catalog.endpoints().iter().filter_map(|endpoint| Some((endpoint.protocol()?, *endpoint.offer())));
    let offers: Vec<(Protocol, Offer)> = known.collect::<Vec<_>>().into_iter().cycle().take(ENDPOINTS).collect();
    let needs = Requirements::of(request);
    let policy = Policy::default().degradation(Degradation::Never);
    let full = |screen: &Screen<'_>, (target, offer): &(Protocol, Offer)| {
        screen.passes(*target, offer) && screen.verdict(*target, offer).is_full()
    };
    let screen = Screen::new(&needs, request.origin, policy);
    let served = offers.iter().filter(|offer| full(&screen, offer)).count();
    assert!((ENDPOINTS / 10..ENDPOINTS * 9 / 10).contains(&served), "{served} serve the request");
    let naive =
        |(target, offer): &&(Protocol, Offer)| match_offer(&needs, request.origin, *target, offer, policy).is_full();
    assert_eq!(served, offers.iter().filter(naive).count());
    let index = OfferIndex::of(&offers);
    assert_eq!(served, index.full(&screen).len());
    // The hardest case for an index: no two offers have the same limits.
    let own_limit = |(at, (target, offer)): (u64, &(Protocol, Offer))| {
        (*target, offer.context_window(Tokens::new(offer.context().map_or(200_000, Tokens::get) + at)))
    };
    let distinct = OfferIndex::of(&(0..).zip(&offers).map(own_limit).collect::<Vec<_>>());
    assert!(distinct.full(&screen).len() >= served, "the limits only grew");

    let mut group = criterion.benchmark_group("capability/filter_5000");
    group.throughput(Throughput::Elements(ENDPOINTS as u64));
    let bytes = vec![7_u8; size_of::<Offer>() * ENDPOINTS];
    group.bench_function("xxh3", |bencher| {
        let hash = |sum, offer: &[u8]| sum ^ xxh3_64(offer);
        bencher.iter(|| black_box(&bytes).chunks(size_of::<Offer>()).fold(0, hash));
    });
    group.bench_function("screen_and_match", |bencher| {
        bencher.iter(|| {
            let screen = Screen::new(black_box(&needs), request.origin, policy);
            black_box(&offers).iter().filter(|offer| full(&screen, offer)).count()
        });
    });
    for (name, index) in [("index", &index), ("index_distinct_limits", &distinct)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let screen = Screen::new(black_box(&needs), request.origin, policy);
                black_box(index).full(&screen).iter().count()
            });
        });
    }
    group.bench_function("index_build", |bencher| bencher.iter(|| OfferIndex::of(black_box(&offers))));
    group.bench_function("match_each", |bencher| {
        bencher.iter(|| black_box(&offers).iter().filter(naive).count());
    });
    group.finish();
}
