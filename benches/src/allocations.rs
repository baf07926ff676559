//! What every case of `ratio` allocates, from an empty output buffer: how often, growth counted, and how many bytes. A
//! program of its own, since counting takes time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement: it reads its arguments, and fails by panicking"
)]

mod cases;
mod market;

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    println!("| case | bytes | events | allocations | bytes allocated |");
    println!("|---|---:|---:|---:|---:|");
    for case in cases::cases(&|name| name.contains(&filter)).into_iter().flatten() {
        for mut variant in case.variants {
            let mut out = Vec::new();
            let counted = allocation_counter::measure(|| (variant.run)(&mut out));
            println!(
                "| `{}-{}` | {} | {} | {} | {} |",
                case.name, variant.name, case.bytes, case.events, counted.count_total, counted.bytes_total
            );
        }
    }
}
