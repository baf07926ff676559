use switchback_ir::ErrorClass;
use switchback_plan::{Policy, Route, Triggers};

use super::Wishes;

/// The policy that says what the wishes ask: the request's own model, then the chain, under the wishes' limits. What a
/// Config of the request says holds where the wishes say nothing.
pub(super) fn policy(wishes: &Wishes, config: Policy) -> Policy {
    let mut policy = config;
    let settings = &mut policy.settings;
    settings.retry = wishes.retry.clone().or_else(|| settings.retry.take());
    let limits = wishes.timeouts.or(settings.timeout.unwrap_or_default());
    settings.timeout = (!limits.is_empty()).then_some(limits);
    settings.rules.require.regions.extend(wishes.regions.iter().cloned());
    settings.rules.deny.extend(wishes.deny.iter().filter_map(|provider| provider.parse().ok()));
    if wishes.no_fallback {
        settings.failover = Some(Triggers::none());
    } else if !wishes.chain.is_empty() {
        policy.route = Some(chain(wishes));
    }
    policy
}

fn chain(wishes: &Wishes) -> Route {
    let own = |class: ErrorClass| wishes.chain.iter().any(|step| step.is_exclusive && step.on.matches(class, None));
    let steps = wishes.chain.iter().map(|step| {
        let mut route = Route::model(step.model.clone());
        let mut on = step.on.clone();
        for class in [ErrorClass::ContextOverflow, ErrorClass::ContentPolicy] {
            if own(class) && !step.is_exclusive {
                on = on.except(class);
            }
        }
        route.on = Some(on);
        route
    });
    Route::chain(std::iter::once(Route::model("$model")).chain(steps))
}
