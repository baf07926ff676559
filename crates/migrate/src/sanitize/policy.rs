use switchback_ir::ErrorClass;
use switchback_plan::{Policy, Route, Triggers};

use super::Wishes;

/// The policy that says what the wishes ask: the request's own model, then the chain, under the wishes' limits.
pub(super) fn policy(wishes: &Wishes) -> Policy {
    let mut policy = Policy::default();
    let settings = &mut policy.settings;
    settings.retry.clone_from(&wishes.retry);
    settings.timeout = (!wishes.timeouts.is_empty()).then_some(wishes.timeouts);
    settings.rules.require.regions.clone_from(&wishes.regions);
    settings.rules.deny = wishes.deny.iter().filter_map(|provider| provider.parse().ok()).collect();
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
