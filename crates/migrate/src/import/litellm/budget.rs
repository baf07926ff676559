use switchback_plan::{Aggregate, Metric, Quantity, Selector, Threshold};
use switchback_slug::{Dialect, aliases};
use switchback_units::Millis;

use crate::Concept;
use crate::import::Desk;
use crate::source::Field;

/// `max_budget` of a deployment with its `budget_duration`: dollars, and the time that they are for.
pub(super) fn of_deployment(desk: &mut Desk<'_>, params: Field<'_>) -> Option<(f64, Millis)> {
    /// Where none is said. A budget that never begins anew has no window here.
    const YEAR: Millis = Millis::from_secs(31_536_000);
    let field = params.get("max_budget")?;
    let dollars = field.number()?;
    let period = params.get("budget_duration");
    let window = period.and_then(Field::text).and_then(duration);
    let became = format!("`limit` of `spend.sum@{}` at {dollars} dollars", window.unwrap_or(YEAR));
    let supplied = "whoever measures supplies what was spent";
    match (period, window) {
        (Some(period), Some(_)) => {
            desk.notes.exact(field, Concept::Budget, format!("{became}; {supplied}"));
            desk.notes.exact(period, Concept::Budget, "the window of the `limit`");
        }
        (Some(period), None) if !period.node.is_blank() => {
            desk.notes.near(field, Concept::Budget, &became, "for a year, as its duration cannot be read");
            desk.notes.lost(period, Concept::Budget, "a time that cannot be read", "write it as `30d`");
        }
        _ => desk.notes.near(field, Concept::Budget, &became, "there it is for ever, as it has no duration"),
    }
    Some((dollars, window.unwrap_or(YEAR)))
}

/// `{provider: {budget_limit, time_period}}`.
pub(super) fn of_provider(desk: &mut Desk<'_>, provider: Field<'_>) {
    let dollars = provider.get_any(&["budget_limit", "max_budget"]).and_then(Field::number);
    let period = provider.get_any(&["time_period", "budget_duration"]).and_then(Field::text).and_then(duration);
    let known = aliases::resolve(Dialect::LiteLlm, provider.key);
    let (Some(dollars), Some(window), Some(known)) = (dollars, period, known) else {
        desk.notes.lost(
            provider,
            Concept::Budget,
            "a budget of a provider",
            "add a `limit` of `spend.sum` to the policy",
        );
        return;
    };
    let metric = Metric { quantity: Quantity::Spend, aggregate: Some(Aggregate::Sum), window: Some(window) };
    let of: Vec<Selector> = known.as_str().parse().ok().into_iter().collect();
    desk.policy.settings.rules.limit.push(Threshold::at_most(metric, dollars).of(of));
    desk.notes.exact_whole(
        provider,
        Concept::Budget,
        format!("`limit` of `{metric}` at {dollars} for `{known}`; whoever measures supplies what was spent"),
    );
}

/// `30s`, `10m`, `2h`, `1d`, `1mo` as a time; a month has thirty days.
fn duration(text: &str) -> Option<Millis> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        "mo" => 2_592_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Millis::from_secs).filter(|time| time.get() > 0)
}
