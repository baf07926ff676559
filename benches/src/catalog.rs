//! Look-up in the embedded catalog. Yardstick: xxh3 of the same keys.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use switchback_catalog::{Catalog, Endpoint, EndpointId};
use xxhash_rust::xxh3::xxh3_64;

pub(crate) fn look_up(criterion: &mut Criterion) {
    let catalog = Catalog::embedded();
    // Every seventh endpoint: spread over the whole catalog, and small enough to stay in the cache as a gateway's do.
    let picked: Vec<&Endpoint> = catalog.endpoints().iter().step_by(7).take(256).collect();
    let ids: Vec<EndpointId> = picked.iter().map(|endpoint| endpoint.id()).collect();
    let names: Vec<&str> = picked.iter().map(|endpoint| endpoint.upstream_id()).collect();
    assert!(
        ids.iter()
            .zip(&picked)
            .all(|(id, wanted)| catalog.endpoint(*id).is_some_and(|found| found.id() == wanted.id()))
    );
    assert!(names.iter().all(|name| catalog.by_upstream_id(name).next().is_some()));

    let mut group = criterion.benchmark_group("catalog/look_up");
    group.throughput(Throughput::Elements(ids.len() as u64));
    group.bench_function("xxh3", |bencher| {
        bencher.iter(|| black_box(&names).iter().fold(0, |sum, name| sum ^ xxh3_64(name.as_bytes())));
    });
    group.bench_function("by_id", |bencher| {
        bencher.iter(|| black_box(&ids).iter().filter(|id| catalog.endpoint(**id).is_some()).count());
    });
    group.bench_function("by_upstream_id", |bencher| {
        bencher.iter(|| black_box(&names).iter().map(|name| catalog.by_upstream_id(name).count()).sum::<usize>());
    });
    group.finish();

    criterion.bench_function("catalog/load/embedded", |bencher| bencher.iter(Catalog::embedded));
}
