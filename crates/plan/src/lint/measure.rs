//! Measurements that nobody can make, and bounds on them that say nothing.

use crate::lint::finding::Findings;
use crate::lint::place::Place;
use crate::{Aggregate, FindingCode, Metric, Order, Policy, Quantity, Settings, Threshold};

pub(crate) fn look(policy: &Policy, places: &[Place<'_>], findings: &mut Findings) {
    settings("policy", &policy.settings, findings);
    for place in places {
        settings(&place.path, &place.route.settings, findings);
    }
}

fn settings(path: &str, settings: &Settings, findings: &mut Findings) {
    if let Some(Order::Metric(metric)) = settings.sort.map(|sort| sort.by) {
        measurable(&format!("{path}.sort"), metric, findings);
    }
    for (key, thresholds) in [("prefer", settings.prefer.as_deref()), ("limit", Some(settings.rules.limit.as_slice()))]
    {
        for (index, threshold) in thresholds.into_iter().flatten().enumerate() {
            let path = format!("{path}.{key}[{index}]");
            measurable(&path, threshold.metric, findings);
            bounds(&path, threshold, findings);
        }
    }
}

fn bounds(path: &str, threshold: &Threshold, findings: &mut Findings) {
    let message = match (threshold.at_most, threshold.at_least) {
        (None, None) => "no `at_most` and no `at_least`, so that every value passes; give it one",
        (Some(most), Some(least)) if least > most => "`at_least` is above `at_most`, so that no value passes",
        _ => return,
    };
    findings.add(FindingCode::EmptyBounds, path, message);
}

fn measurable(path: &str, metric: Metric, findings: &mut Findings) {
    let instead = match (metric.quantity, metric.aggregate, metric.window) {
        (Quantity::InFlight, Some(_), _) | (Quantity::InFlight, _, Some(_)) => {
            "write `in_flight`: it is of this moment"
        }
        (Quantity::Latency | Quantity::EndToEnd | Quantity::Throughput | Quantity::Uptime, Some(Aggregate::Sum), _) => {
            "take `avg` or a percentile: these do not add up"
        }
        (Quantity::Uptime | Quantity::Requests, Some(Aggregate::Percentile(_)), _) => {
            "leave the percentile out: there is one value for the window"
        }
        _ => return,
    };
    findings.add(FindingCode::OddMetric, path, format!("nobody can measure `{metric}`; {instead}"));
}
