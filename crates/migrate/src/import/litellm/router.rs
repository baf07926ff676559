use std::collections::BTreeMap;
use std::str::FromStr;

use switchback_ir::ErrorClass;
use switchback_plan::{Cooldown, Order, Quantity, Retry, Route, Sort, Timeouts, Trigger, Triggers};
use switchback_units::Millis;

use super::deployment::{first_token, seconds};
use super::{budget, group, known};
use crate::Concept;
use crate::import::Desk;
use crate::import::table;
use crate::notes::shown;
use crate::sanitize::millis;
use crate::source::Field;

/// What holds for every group: `router_settings`, and what `litellm_settings` say where those do not.
#[derive(Debug)]
pub(super) struct Router {
    pub(super) strategy: Strategy,
    usage_limits: bool,
    pub(super) checks: bool,
    pub(super) tags: bool,
    fallbacks: BTreeMap<String, Vec<String>>,
    overflow: Option<BTreeMap<String, Vec<String>>>,
    content: Option<BTreeMap<String, Vec<String>>>,
    pub(super) defaults: Vec<String>,
    pub(super) aliases: Vec<(String, String)>,
    retry: Option<Retry>,
    group_retries: BTreeMap<String, Retry>,
}

/// How one deployment of a group is chosen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Strategy {
    /// By weight.
    Shuffle,
    /// The best by a measurement or by cost.
    Sorted(Sort),
}

/// The failures that cool a deployment down: 429, 401, 408, 404 and whatever is the provider's doing.
pub(super) fn cooldown() -> Cooldown {
    let mut cooldown = Cooldown::default();
    cooldown.failures = 1;
    cooldown.on = words(&["provider", "rate_limit", "credential", "timeout", "not_found"]);
    cooldown
}

/// Triggers by their words, which are ours.
pub(super) fn words(words: &[&str]) -> Triggers {
    Triggers::read(words.iter().copied()).unwrap_or_default()
}

impl Router {
    pub(super) fn read(desk: &mut Desk<'_>, root: Field<'_>) -> Self {
        let mut router = Self {
            strategy: Strategy::Shuffle,
            usage_limits: false,
            checks: false,
            tags: false,
            fallbacks: BTreeMap::new(),
            overflow: None,
            content: None,
            defaults: Vec::new(),
            aliases: Vec::new(),
            retry: None,
            group_retries: BTreeMap::new(),
        };
        let settings = root.get("router_settings");
        for field in settings.into_iter().flat_map(Field::members) {
            router.setting(desk, field, settings);
        }
        for field in root.get("litellm_settings").into_iter().flat_map(Field::members) {
            let is_shadowed =
                SHARED.contains(&field.key) && settings.is_some_and(|settings| settings.get(field.key).is_some());
            if is_shadowed {
                let instead = "keep the one of `router_settings`";
                desk.notes.lost(field, Concept::Operation, "`router_settings` say this too, and they count", instead);
            } else if SHARED.contains(&field.key) {
                router.setting(desk, field, settings);
            } else {
                Self::module_setting(desk, field);
            }
        }
        router
    }

    fn setting(&mut self, desk: &mut Desk<'_>, field: Field<'_>, section: Option<Field<'_>>) {
        match field.key {
            "routing_strategy" => self.strategy(desk, field, section),
            "routing_strategy_args" => arguments(desk, field),
            "fallbacks" => self.fallbacks = lists(desk, field, "any failure"),
            "context_window_fallbacks" => {
                self.overflow = Some(lists(desk, field, "prompts that are too long, and nothing else follows those"));
            }
            "content_policy_fallbacks" => {
                self.content = Some(lists(desk, field, "content that was refused, and nothing else follows that"));
            }
            "default_fallbacks" => {
                let became = "a chain on any failure for groups without one of their own";
                let read = |name: Field<'_>| name.text().map(str::to_owned);
                self.defaults = desk.list(field, Concept::Chain, became, read);
            }
            "model_group_alias" => self.alias(desk, field),
            "num_retries" => self.retries(desk, field),
            "retry_policy" => self.retry_policy(desk, field, None),
            "model_group_retry_policy" => {
                field.members().for_each(|group| self.retry_policy(desk, group, Some(group.key)));
            }
            "allowed_fails" => Self::fails(desk, field),
            "allowed_fails_policy" => desk.notes.near(
                field,
                Concept::Cooldown,
                "one count of failures, `cooldown.failures`",
                "a count for each kind of failure has no place",
            ),
            "cooldown_time" => cooling(desk, field),
            "disable_cooldowns" => {
                if field.truth() == Some(true) {
                    desk.policy.settings.cooldown = Some(Cooldown::default());
                    desk.notes.exact(field, Concept::Cooldown, "`cooldown.failures` 0: no cooldowns");
                } else {
                    desk.notes.exact(field, Concept::Cooldown, "cooldowns, as the other settings have them");
                }
            }
            "enable_pre_call_checks" => {
                self.checks = field.truth() == Some(true);
                let became = "an endpoint has to have the context, region and response format that are asked for";
                if self.checks {
                    desk.notes.exact(field, Concept::Require, format!("always so here: {became}"));
                } else {
                    desk.notes.near(
                        field,
                        Concept::Require,
                        became,
                        "there any deployment was asked, here it is always so",
                    );
                }
            }
            "enable_tag_filtering" => {
                self.tags = field.truth() == Some(true);
                desk.notes.exact(
                    field,
                    Concept::Condition,
                    "conditions on the caller's tags at each tagged deployment; `default` where none matches",
                );
            }
            "optional_pre_call_checks" => field.items().for_each(|check| optional_check(desk, check)),
            "model_group_affinity_config" => group_affinity(desk, field),
            "provider_budget_config" => field.members().for_each(|provider| budget::of_provider(desk, provider)),
            "timeout" | "request_timeout" => timeouts(desk).total_ms = seconds(desk, field, "timeout.total_ms"),
            "stream_timeout" => timeouts(desk).first_token_ms = first_token(desk, field),
            "max_fallbacks" => desk.notes.near(
                field,
                Concept::Chain,
                "`give_up` may bound the attempts",
                "there it bounds how many groups follow each other; cycles are found when a policy is loaded here",
            ),
            _ => {
                table::note(desk, field, known::ROUTER);
            }
        }
    }

    /// What only `litellm_settings` have.
    fn module_setting(desk: &mut Desk<'_>, field: Field<'_>) {
        match field.key {
            "drop_params" => {
                let became = "degradation, on by default, with a ledger of what was left out";
                desk.notes.near(field, Concept::Degrade, became, "there parameters went without a word");
            }
            _ => {
                table::note(desk, field, known::MODULE);
            }
        }
    }

    fn strategy(&mut self, desk: &mut Desk<'_>, field: Field<'_>, section: Option<Field<'_>>) {
        let argument = |key: &str| {
            section
                .and_then(|section| section.get("routing_strategy_args"))
                .and_then(|args| args.get(key))
                .and_then(Field::number)
        };
        let window = argument("ttl").map(|seconds| millis(seconds * 1000.0)).filter(|window| window.get() > 0);
        let note = |desk: &mut Desk<'_>, became: &str| desk.notes.exact(field, Concept::Sort, became);
        match field.text().unwrap_or("") {
            "simple-shuffle" => desk.notes.exact(field, Concept::Split, "a split by `weight`, `rpm` or `tpm`"),
            "least-busy" => {
                self.strategy = Strategy::Sorted(group::sort(Quantity::InFlight, None));
                note(desk, "`sort` by `in_flight`; whoever measures supplies it");
            }
            "usage-based-routing" | "usage-based-routing-v2" => {
                self.usage_limits = field.text() == Some("usage-based-routing-v2");
                self.strategy = Strategy::Sorted(group::sort(Quantity::TotalTokens, Some(Millis::from_secs(60))));
                note(desk, "`sort` by `total_tokens@1m`; whoever measures supplies it");
            }
            "latency-based-routing" => {
                self.strategy = Strategy::Sorted(group::sort(Quantity::Latency, window));
                desk.notes.near(
                    field,
                    Concept::Sort,
                    "`sort` by `latency`",
                    "there a deployment that was never asked came first, and one of those within the buffer was drawn",
                );
            }
            "cost-based-routing" => {
                self.strategy = Strategy::Sorted(Sort::by(Order::Cost));
                desk.notes.near(field, Concept::Sort, "`sort` by `cost`", "there a model of unknown price counted as $5 + $5 a token, a price of 0 as unset, and cached tokens not at all");
            }
            "provider-budget-routing" => {
                desk.notes.exact(field, Concept::Budget, "the `limit` of each provider's budget");
            }
            _ => {
                let meant = format!("strategy {}, which is unknown or asks a model which model to use", shown(field));
                desk.notes.lost_badly(
                    field,
                    Concept::Experiment,
                    meant,
                    "groups are shuffled until you choose a `sort` or a `split`",
                );
            }
        }
    }

    fn alias(&mut self, desk: &mut Desk<'_>, field: Field<'_>) {
        for alias in field.members() {
            let target = alias.text().or_else(|| alias.get("model").and_then(Field::text));
            let Some(target) = target else { continue };
            self.aliases.push((alias.key.to_owned(), target.to_owned()));
            if let Some(hidden) = alias.get("hidden") {
                desk.notes.lost(
                    hidden,
                    Concept::Operation,
                    "keeps the alias out of the list of models",
                    "keep it out of the list that clients see",
                );
            }
            let shown_field = alias.get("model").unwrap_or(alias);
            desk.notes.exact(shown_field, Concept::Group, format!("group `{}`, which is group `{target}`", alias.key));
        }
    }

    fn retries(&mut self, desk: &mut Desk<'_>, field: Field<'_>) {
        let Some(attempts) = field.whole().and_then(|count| u32::try_from(count).ok()) else { return };
        self.retry.get_or_insert_with(Retry::default).attempts = attempts;
        let became = format!(
            "`retry.attempts` {attempts} of groups with one deployment; those with several go on to another, as there"
        );
        desk.notes.exact(field, Concept::Retry, became);
    }

    fn retry_policy(&mut self, desk: &mut Desk<'_>, field: Field<'_>, group: Option<&str>) {
        let mut retry = self.retry.clone().unwrap_or_default();
        let bad = field.get("BadRequestErrorRetries");
        for count in field.members() {
            let Some(number) = count.whole().and_then(|number| u32::try_from(number).ok()) else { continue };
            match count.key {
                "InternalServerErrorRetries" => {
                    let follows_code = desk.two_readings(
                        count,
                        Concept::Retry,
                        format!("{number} retries after server errors"),
                        "declared and never read: the general count holds",
                    );
                    if !follows_code {
                        per(&mut retry, "server", number);
                    }
                }
                "ContentPolicyViolationErrorRetries" if bad.is_some() => {
                    let follows_code = desk.two_readings(
                        count,
                        Concept::Retry,
                        format!("{number} retries after refused content"),
                        "shadowed by `BadRequestErrorRetries`, which is tested first",
                    );
                    let shadowing = bad.and_then(Field::whole).and_then(|number| u32::try_from(number).ok());
                    per(&mut retry, "content_policy", if follows_code { shadowing.unwrap_or(number) } else { number });
                }
                key => {
                    if let Some((_, word)) = RETRIES.iter().find(|(name, _)| *name == key) {
                        per(&mut retry, word, number);
                        let of = "of groups with one deployment; those with several go on to another, as there";
                        desk.notes.exact(count, Concept::Retry, format!("`retry.per.{word}` {number} {of}"));
                    }
                }
            }
        }
        match group {
            Some(group) => {
                self.group_retries.insert(group.to_owned(), retry);
            }
            None => self.retry = Some(retry),
        }
    }

    fn fails(desk: &mut Desk<'_>, field: Field<'_>) {
        let Some(allowed) = field.whole().and_then(|count| u32::try_from(count).ok()) else { return };
        let settings = desk.policy.settings.cooldown.get_or_insert_with(cooldown);
        settings.failures = allowed.saturating_add(1);
        desk.notes.exact(
            field,
            Concept::Cooldown,
            format!("`cooldown.failures` {} within a minute", allowed.saturating_add(1)),
        );
    }

    /// The retries of a group with one deployment.
    pub(super) fn retry_of(&self, group: &str) -> Option<Retry> {
        self.group_retries.get(group).or(self.retry.as_ref()).cloned()
    }

    /// Whether `rpm` and `tpm` are limits.
    pub(super) const fn limits(&self) -> bool {
        self.usage_limits || self.checks
    }

    /// What a general list follows: any failure but those that lists of their own are for.
    pub(super) fn general(&self) -> Triggers {
        let mut on = Triggers::any();
        if self.overflow.is_some() {
            on = on.except(ErrorClass::ContextOverflow);
        }
        if self.content.is_some() {
            on = on.except(ErrorClass::ContentPolicy);
        }
        on
    }

    pub(super) fn fallback(model: &str, on: Triggers) -> Route {
        let mut route = Route::model(model);
        route.on = Some(on);
        route
    }

    /// The group that an alias stands for; any other name is its own.
    pub(super) fn named<'n>(&'n self, name: &'n str) -> &'n str {
        self.aliases.iter().find(|(alias, _)| alias == name).map_or(name, |(_, target)| target)
    }

    /// The names that lists of what follows are for, but for the star.
    pub(super) fn listed(&self) -> impl Iterator<Item = &str> {
        let lists = [Some(&self.fallbacks), self.overflow.as_ref(), self.content.as_ref()];
        lists.into_iter().flatten().flat_map(BTreeMap::keys).map(String::as_str).filter(|name| *name != "*")
    }

    /// What follows a group: each name with the failures that lead to it. A group is matched by its name, by its name
    /// without a provider, or by the star, and never follows itself.
    pub(super) fn followers(&self, name: &str) -> Vec<(String, Triggers)> {
        let plain = name.split_once('/').map_or(name, |(_, plain)| plain);
        let of = |lists: &BTreeMap<String, Vec<String>>| {
            lists.get(name).or_else(|| lists.get(plain)).or_else(|| lists.get("*")).cloned().unwrap_or_default()
        };
        let only = |class: ErrorClass| Triggers::from_iter([Trigger::from(class)]);
        let lists = [
            (self.overflow.as_ref(), only(ErrorClass::ContextOverflow)),
            (self.content.as_ref(), only(ErrorClass::ContentPolicy)),
            (Some(&self.fallbacks), self.general()),
        ];
        let steps = lists.into_iter().filter_map(|(lists, on)| Some((of(lists?), on)));
        let steps = steps.flat_map(|(models, on)| models.into_iter().map(move |model| (model, on.clone())));
        steps.filter(|(model, _)| model != name).collect()
    }
}

/// Keys that both sections have.
const SHARED: &[&str] = &[
    "fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "default_fallbacks",
    "num_retries",
    "request_timeout",
    "allowed_fails",
    "cooldown_time",
    "model_group_alias",
    "retry_policy",
];

const RETRIES: &[(&str, &str)] = &[
    ("RateLimitErrorRetries", "rate_limit"),
    ("TimeoutErrorRetries", "timeout"),
    ("AuthenticationErrorRetries", "credential"),
    ("BadRequestErrorRetries", "bad_request"),
    ("ContentPolicyViolationErrorRetries", "content_policy"),
];

fn per(retry: &mut Retry, word: &str, count: u32) {
    if let Ok(trigger) = Trigger::from_str(word) {
        retry.per.insert(trigger, count);
    }
}

fn timeouts<'d>(desk: &'d mut Desk<'_>) -> &'d mut Timeouts {
    desk.policy.settings.timeout.get_or_insert_with(Timeouts::default)
}

/// `[{group: [names]}]`; a name may be `{model: name}` with parameters of its own.
fn lists(desk: &mut Desk<'_>, field: Field<'_>, after: &str) -> BTreeMap<String, Vec<String>> {
    let mut lists = BTreeMap::new();
    for group in field.items().flat_map(Field::members) {
        let mut models = Vec::new();
        for item in group.items() {
            let Some(name) = item.text().or_else(|| item.get("model").and_then(Field::text)) else { continue };
            models.push(name.to_owned());
            for param in item.members().filter(|param| param.key != "model") {
                desk.notes.lost(
                    param,
                    Concept::Rewrite,
                    "a parameter of this fallback alone",
                    "set it with `rewrite` on the route",
                );
            }
            desk.notes.exact(
                item.get("model").unwrap_or(item),
                Concept::Chain,
                format!("`{name}` follows `{}` after {after}", group.key),
            );
        }
        lists.insert(group.key.to_owned(), models);
    }
    lists
}

fn arguments(desk: &mut Desk<'_>, field: Field<'_>) {
    for argument in field.members() {
        match argument.key {
            "ttl" => desk.notes.exact(argument, Concept::Sort, "the window of the measurement that is sorted by"),
            "lowest_latency_buffer" => desk.notes.lost(
                argument,
                Concept::Sort,
                "draws among deployments that are nearly as fast",
                "the fastest comes first; `explore` sends a share to others",
            ),
            "max_latency_list_size" => {
                desk.notes.lost(
                    argument,
                    Concept::Sort,
                    "how many latencies are kept",
                    "whoever measures decides that",
                );
            }
            _ => {}
        }
    }
}

fn cooling(desk: &mut Desk<'_>, field: Field<'_>) {
    let Some(seconds) = field.number().filter(|seconds| *seconds >= 0.0) else { return };
    let settings = desk.policy.settings.cooldown.get_or_insert_with(cooldown);
    settings.for_ms = millis(seconds * 1000.0);
    let became = format!("`cooldown.for_ms` {}", settings.for_ms.get());
    desk.notes.exact(field, Concept::Cooldown, became);
}

fn optional_check(desk: &mut Desk<'_>, check: Field<'_>) {
    match check.text().unwrap_or("") {
        "prompt_caching" => desk.notes.exact(
            check,
            Concept::Affinity,
            "`affinity`, on by default: a prompt goes where its beginning is cached",
        ),
        "deployment_affinity" => affinity(desk, check, "key", "the caller's key"),
        "session_affinity" => affinity(desk, check, "actor", "whom the request is made for"),
        "responses_api_deployment_check" => desk.notes.near(
            check,
            Concept::Affinity,
            "`affinity`",
            "that a `previous_response_id` goes back to the deployment that made it is for the embedder to pin",
        ),
        "encrypted_content_affinity" => desk.notes.near(
            check,
            Concept::Affinity,
            "`affinity`",
            "sealed reasoning is read by the provider that made it alone; pin a conversation that carries it",
        ),
        "router_budget_limiting" => desk.notes.exact(check, Concept::Budget, "the `limit` of each provider's budget"),
        "enforce_model_rate_limits" => {
            desk.notes.near(check, Concept::Rate, "`limit` of each deployment", "only where `rpm` or `tpm` is a limit");
        }
        "forward_client_headers_by_model_group" => desk.notes.lost(
            check,
            Concept::Rewrite,
            "passes the client's headers on to the upstream",
            "the embedder decides which headers go on",
        ),
        _ => {}
    }
}

fn affinity(desk: &mut Desk<'_>, field: Field<'_>, subject: &str, about: &str) {
    let key: Vec<_> = subject.parse().ok().into_iter().collect();
    let mut affinity = switchback_plan::AffinityUse::default();
    affinity.key = key;
    desk.policy.settings.affinity = Some(affinity);
    desk.notes.exact(field, Concept::Affinity, format!("`affinity.key` `{subject}`: {about}"));
}

/// `{group: [checks]}`: affinity of some groups only.
fn group_affinity(desk: &mut Desk<'_>, field: Field<'_>) {
    let became = "`affinity`, on by default for every group";
    desk.notes.near(
        field,
        Concept::Affinity,
        became,
        "there it was for the named groups alone; set `affinity` on their routes",
    );
}
