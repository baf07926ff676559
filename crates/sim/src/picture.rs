//! A page with a picture of every rule's first run: what is true, what the gate holds, where the traffic goes.

use std::fmt::Write;

use crate::report::Report;
use crate::timeline::{Timeline, Track};

const WIDTH: u64 = 960;
const HEIGHT: u64 = 64;
const LABEL: u64 = 90;

/// One self-contained page: no script, no other file.
///
/// For each rule and provider a band: the line is the share of calls that would succeed in truth, dots are what calls
/// found, the red ground is how many replicas had it out, the blue area is its share of all calls. Below it, requests that
/// failed.
pub fn html(report: &Report) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Switchback simulation</title><style>\
         body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1080px;padding:0 1em;color:#222;background:#fff}\
         table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ddd}\
         td:first-child,th:first-child,td:nth-child(2),th:nth-child(2){text-align:left}\
         svg{display:block;width:100%;height:auto;margin:.3em 0}.no{color:#b00}.yes{color:#070}\
         text{font:11px system-ui,sans-serif;fill:#444}</style></head><body>\n",
    );
    let out = &mut page;
    // Writing to a string cannot fail.
    let _ = writeln!(out, "<h1>{}</h1>\n<p>{}</p>", escaped(&report.scenario), escaped(&report.about));
    for (rule, timeline) in &report.timelines {
        let _ = writeln!(out, "<h2>{}</h2>", escaped(rule));
        draw(timeline, out);
    }
    out.push_str(LEGEND);
    expectations(report, out);
    table(report, out);
    page.push_str("</body></html>\n");
    page
}

const LEGEND: &str = "<p>Line: share of calls that would succeed in truth. Dots: what calls found. Red ground: replicas \
                      that have the provider out. Blue area: its share of all calls. Black bars: requests that failed; \
                      violet ones: calls made although every candidate was out.</p>\n";

fn draw(timeline: &Timeline, out: &mut String) {
    let columns = u64::try_from(timeline.user_failures.len()).unwrap_or(1).max(1);
    let tracks = u64::try_from(timeline.tracks.len()).unwrap_or(0);
    let height = tracks * (HEIGHT + 12) + 64;
    let x = |column: u64| LABEL + column * WIDTH / columns;
    let _ = writeln!(out, "<svg viewBox=\"0 0 {} {height}\" role=\"img\">", LABEL + WIDTH + 10);
    let mut all = vec![0; timeline.user_failures.len()];
    for track in &timeline.tracks {
        for (sum, (calls, _)) in all.iter_mut().zip(&track.calls) {
            *sum += calls;
        }
    }
    for (top, track) in (0..).map(|index| index * (HEIGHT + 12) + 8).zip(&timeline.tracks) {
        band(track, &all, top, &x, out);
    }
    let base = tracks * (HEIGHT + 12) + 40;
    let _ = writeln!(out, "<text x=\"0\" y=\"{base}\">failures</text>");
    bars(&timeline.user_failures, base, "#222", &x, out);
    bars(&timeline.fail_open, base, "#83a", &x, out);
    let seconds = columns * timeline.column_ms / 1_000;
    for tick in 0..=6 {
        let (at, label) = (x(columns * tick / 6), seconds * tick / 6);
        let _ = writeln!(out, "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{label} s</text>", base + 18);
    }
    out.push_str("</svg>\n");
}

fn band(track: &Track, all: &[u64], top: u64, x: &dyn Fn(u64) -> u64, out: &mut String) {
    let y = |permille: u64| top + HEIGHT - permille.min(1_000) * HEIGHT / 1_000;
    let _ = writeln!(out, "<text x=\"0\" y=\"{}\">{}</text>", top + HEIGHT / 2, escaped(&track.provider));
    let _ = writeln!(
        out,
        "<rect x=\"{LABEL}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#f6f6f6\" stroke=\"#ddd\"/>"
    );
    for (column, (looks, found)) in (0..).zip(&track.gate).filter(|(_, (_, found))| *found > 0) {
        let (from, width) = (x(column), x(column + 1) - x(column));
        let opacity = found * 100 / (*looks).max(1);
        let _ = writeln!(
            out,
            "<rect x=\"{from}\" y=\"{top}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"#e33\" fill-opacity=\"0.{:02}\"/>",
            (opacity * 45 / 100).clamp(5, 45)
        );
    }
    let mut area = format!("M{} {}", x(0), top + HEIGHT);
    for (column, ((calls, _), all)) in (0..).zip(track.calls.iter().zip(all)) {
        let share = (calls * 1_000).checked_div(*all).unwrap_or(0);
        let _ = write!(area, "L{} {}L{} {}", x(column), y(share), x(column + 1), y(share));
    }
    let columns = u64::try_from(track.calls.len()).unwrap_or(1);
    let _ = writeln!(out, "<path d=\"{area}L{} {}Z\" fill=\"#38c\" fill-opacity=\"0.35\"/>", x(columns), top + HEIGHT);
    let mut line = String::new();
    for (column, permille) in (0..).zip(&track.truth) {
        let _ = write!(
            line,
            "{}{} {}L{} {}",
            if column == 0 { "M" } else { "L" },
            x(column),
            y(*permille),
            x(column + 1),
            y(*permille)
        );
    }
    let _ = writeln!(out, "<path d=\"{line}\" fill=\"none\" stroke=\"#161\" stroke-width=\"1.5\"/>");
    for (column, (calls, successes)) in (0..).zip(&track.calls).filter(|(_, (calls, _))| *calls > 0) {
        let _ = writeln!(
            out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"1.6\" fill=\"#161\" fill-opacity=\"0.6\"/>",
            x(column) + 2,
            y(successes * 1_000 / calls)
        );
    }
}

fn bars(counts: &[u64], base: u64, colour: &str, x: &dyn Fn(u64) -> u64, out: &mut String) {
    for (column, count) in (0..).zip(counts).filter(|(_, count)| **count > 0) {
        let height = (count * 3).min(30);
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"3\" height=\"{height}\" fill=\"{colour}\" fill-opacity=\"0.7\"/>",
            x(column),
            base - height
        );
    }
}

fn expectations(report: &Report, out: &mut String) {
    if report.expectations.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Expected</h2>\n<table><tr><th>variant</th><th>figure</th><th>found</th><th>bound</th><th></th></tr>\n",
    );
    for checked in &report.expectations {
        let found = checked.found.map_or_else(|| "never".to_owned(), |found| format!("{found:.4}"));
        let (class, word) = if checked.met { ("yes", "met") } else { ("no", "missed") };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{} {:?}</td><td>{found}</td><td>{}</td><td class=\"{class}\">{word}</td></tr>",
            escaped(&checked.variant),
            checked.metric.name(),
            checked.stat,
            escaped(&checked.bound)
        );
    }
    out.push_str("</table>\n");
}

fn table(report: &Report, out: &mut String) {
    out.push_str("<h2>Figures</h2>\n<table><tr><th>variant</th><th>rule</th><th>figure</th><th>median</th><th>p95</th><th>mean</th></tr>\n");
    for row in &report.rows {
        for (metric, figure) in row.figures.iter().filter(|(_, figure)| figure.max > 0.0) {
            let [median, p95, mean] = [figure.median, figure.p95, figure.mean]
                .map(|value| if value.is_finite() { format!("{value:.4}") } else { "never".to_owned() });
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{median}</td><td>{p95}</td><td>{mean}</td></tr>",
                escaped(&row.variant),
                row.rule,
                metric.name()
            );
        }
    }
    out.push_str("</table>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
