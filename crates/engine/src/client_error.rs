//! What a client gets when there is no answer for it.

use std::slice;

use switchback_catalog::EndpointId;
use switchback_ir::{ApiError, ErrorClass, Key, Party, Protocol};
use switchback_plan::{Constraint, Cursor, Ending, Refusal, Relaxed};
use switchback_protocol::errors::{encode_error, error_code, error_status};
use switchback_units::Timestamp;

/// An answer that is an error: status, headers and body, ready to be sent.
///
/// ```
/// use switchback::plan::Refusal;
/// use switchback::{ClientError, ErrorOptions, Protocol, Timestamp};
/// let refusal = Refusal::UnknownModel { model: "gpt-9".into(), suggestions: vec!["gpt-5".into()] };
/// let now = Timestamp::from_millis(0);
/// let error = ClientError::of(&refusal, Protocol::Chat, &ErrorOptions::at(now));
/// assert_eq!((error.status, error.case.code()), (404, "unknown_model"));
/// assert_eq!(
///     String::from_utf8(error.body).unwrap(),
///     r#"{"error":{"message":"no model `gpt-9` in the catalog; did you mean `gpt-5`?","type":"not_found_error","#
///         .to_owned() + r#""param":"model","code":"model_not_found"}}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientError {
    /// The HTTP status.
    pub status: u16,
    /// Names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body in the client's protocol.
    pub body: Vec<u8>,
    /// The line of the table that it is made by.
    pub case: Case,
    /// What it is to the client, which is not always what it was upstream.
    pub class: ErrorClass,
}

/// Choices about clients' errors, and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorOptions {
    /// When the client is answered; `retry-after` counts from here.
    pub now: Timestamp,
    /// The status when every endpoint failed.
    pub all_failed: AllFailed,
}

/// The status when every endpoint failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AllFailed {
    /// 424 Failed Dependency: the vendors' SDKs do not send the request again by themselves.
    FailedDependency,
    /// 502 Bad Gateway: they do.
    #[default]
    BadGateway,
    /// 503 Service Unavailable: they do.
    Unavailable,
}

/// The endpoints that were asked for a request that got no answer. A [`Cursor`] that is exhausted is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exhaustion {
    /// What came of each endpoint in the end, in the order in which they were left.
    pub attempts: Vec<Failed>,
    /// Whether the last failure leads nowhere, because no other endpoint would change it or the policy says so. Then it
    /// alone decides what the client is told.
    pub is_settled: bool,
    /// When the first endpoint that was left out for now may be asked, if any was.
    pub waiting: Option<Timestamp>,
    /// Whether the request's deadline passed, whatever the attempts said.
    pub deadline_passed: bool,
}

/// A failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Failed {
    /// What it was.
    pub class: ErrorClass,
    /// When its endpoint may be asked again, if that is known.
    pub retry_at: Option<Timestamp>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a new kind of failure should stop the build of the table's reader")]
pub enum Failure<'f> {
    /// Nothing could be tried.
    Refused(&'f Refusal),
    /// What was tried failed.
    Exhausted(&'f Exhaustion),
}

impl From<&Cursor> for Exhaustion {
    /// What a cursor has met so far: of each endpoint the last failure, and when it may be asked again at the earliest.
    fn from(cursor: &Cursor) -> Self {
        let mut attempts: Vec<(EndpointId, Failed)> = Vec::new();
        for tried in cursor.attempts() {
            let Some(class) = tried.class() else { continue };
            let before = attempts.iter().position(|(endpoint, _)| *endpoint == tried.endpoint);
            let before = before.map(|at| attempts.remove(at).1);
            let retry_at = before.and_then(|before| before.retry_at).into_iter().chain(tried.retry_at()).min();
            attempts.push((tried.endpoint, Failed { class, retry_at }));
        }
        Self {
            attempts: attempts.into_iter().map(|(_, failed)| failed).collect(),
            is_settled: cursor.ending() == Some(Ending::Unanswerable),
            waiting: cursor.waiting_until(),
            deadline_passed: cursor.ending() == Some(Ending::DeadlinePassed),
        }
    }
}

impl<'f> From<&'f Refusal> for Failure<'f> {
    fn from(refusal: &'f Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<'f> From<&'f Exhaustion> for Failure<'f> {
    fn from(exhaustion: &'f Exhaustion) -> Self {
        Self::Exhausted(exhaustion)
    }
}

macro_rules! cases {
    ($($variant:ident $code:literal $class:ident $status:literal $when:literal;)*) => {
        /// A line of the table of clients' errors. `docs/errors.md` shows it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Case {
            $(#[doc = $when] $variant,)*
        }

        impl Case {
            /// Every line, in table order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable `snake_case` name, for logs; the body's `code` where the class has none that clients know.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// When it is.
            pub const fn when(self) -> &'static str {
                match self { $(Self::$variant => $when,)* }
            }

            /// The class, which gives the body its type.
            pub const fn class(self) -> ErrorClass {
                match self { $(Self::$variant => ErrorClass::$class,)* }
            }

            /// The status; 0 where an option or the attempts decide.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }
        }
    };
}

// What the client can mend is its own fault (4xx); what only the operator can mend is not, whatever the upstream said.
cases! {
    NoModel "no_model" BadRequest 400 "the request names no model";
    UnknownModel "unknown_model" NotFound 404 "no such model; the message suggests names";
    EmptyCatalog "empty_catalog" Server 503 "the catalog has no endpoints";
    NotThere "not_there" NotFound 404 "the model is there, but not from the provider, in the version or the region that is named";
    NotServed "not_served" BadRequest 400 "the model does not answer chat requests, or speaks no protocol of these";
    NotPermitted "not_permitted" Permission 403 "the lists of the policy or of the caller's levels leave nothing";
    DataPolicy "data_policy" BadRequest 422 "zero retention, no training or residency leave nothing";
    Unsupported "unsupported" UnsupportedFeature 400 "no endpoint has a feature or the service tier that is asked for";
    ContextTooLong "context_too_long" ContextOverflow 400 "the input is longer than any endpoint takes";
    OverBudget "over_budget" Quota 402 "a budget does not cover the request, or nobody knows its price";
    NoAccess "no_access" Server 503 "no credential reaches an endpoint";
    Resting "resting" Overloaded 503 "every endpoint is left alone for now";
    Rejected "rejected" BadRequest 0 "every endpoint found the request itself at fault, or one did and no other is meant for that: the last one's class, with its status";
    Throttled "throttled" RateLimitRequests 429 "every endpoint throttles; `retry-after` is the earliest re-admission";
    Overloaded "overloaded" Overloaded 503 "every endpoint is without capacity (529 in Messages)";
    Deadline "deadline" Timeout 504 "the deadline passed, or every endpoint took too long";
    Cancelled "cancelled" Cancelled 499 "the client gave up";
    AllFailed "all_failed" Server 0 "every endpoint failed, credentials and credit of the operator included: 424, 502 or 503 by option";
}

impl ErrorOptions {
    /// The default choices at that time.
    pub const fn at(now: Timestamp) -> Self {
        Self { now, all_failed: AllFailed::BadGateway }
    }

    /// Sets the status for when every endpoint failed.
    #[must_use]
    pub const fn with_all_failed(self, all_failed: AllFailed) -> Self {
        Self { all_failed, ..self }
    }
}

impl AllFailed {
    /// The status.
    pub const fn status(self) -> u16 {
        match self {
            Self::FailedDependency => 424,
            Self::BadGateway => 502,
            Self::Unavailable => 503,
        }
    }
}

impl Exhaustion {
    /// The record of these attempts.
    pub fn of(attempts: impl IntoIterator<Item = Failed>) -> Self {
        Self { attempts: attempts.into_iter().collect(), ..Self::default() }
    }

    /// Says that the last failure leads nowhere.
    #[must_use]
    pub fn settled(self) -> Self {
        Self { is_settled: true, ..self }
    }

    /// Says when the first endpoint that was left out for now may be asked.
    #[must_use]
    pub fn waiting_until(self, at: Timestamp) -> Self {
        Self { waiting: Some(at), ..self }
    }

    /// Says that the deadline passed.
    #[must_use]
    pub fn past_deadline(self) -> Self {
        Self { deadline_passed: true, ..self }
    }

    /// When the first of its endpoints may be asked again, as far as is known.
    pub fn readmission(&self) -> Option<Timestamp> {
        self.attempts.iter().filter_map(|failed| failed.retry_at).chain(self.waiting).min()
    }

    fn case(&self) -> Case {
        let counted =
            if self.is_settled { self.attempts.last().map_or(&[][..], slice::from_ref) } else { &self.attempts };
        let all =
            |is: &dyn Fn(ErrorClass) -> bool| !counted.is_empty() && counted.iter().all(|failed| is(failed.class));
        let waits = |class: ErrorClass| class.is_rate_limit() || class == ErrorClass::Overloaded;
        let last = self.attempts.last().map(|failed| failed.class);
        match last {
            Some(ErrorClass::Cancelled) => Case::Cancelled,
            _ if self.deadline_passed => Case::Deadline,
            None if self.waiting.is_some() => Case::Resting,
            _ if all(&|class| class == ErrorClass::Timeout) => Case::Deadline,
            _ if all(&|class| class == ErrorClass::Overloaded) => Case::Overloaded,
            _ if all(&waits) => Case::Throttled,
            _ if all(&|class| class.party() == Party::Caller) => Case::Rejected,
            _ => Case::AllFailed,
        }
    }

    fn message(&self, case: Case, class: ErrorClass) -> String {
        if case == Case::Resting {
            return "every endpoint of the model is left alone for now".to_owned();
        }
        let count = self.attempts.len();
        let asked =
            if count == 1 { "one endpoint was asked".to_owned() } else { format!("{count} endpoints were asked") };
        format!("{asked}: {}", if case == Case::AllFailed { "none could answer" } else { class.about() })
    }
}

impl ClientError {
    /// The error for a [`Refusal`] or an [`Exhaustion`], in the protocol that the client speaks.
    ///
    /// One table decides, [`Case`]. Nothing of what an upstream wrote is in it, and what is the operator's to mend (a
    /// credential, credit, permission, a model that the host does not have) is a failure of the gateway: no upstream's
    /// 401 reaches a client. Deterministic; `retry-after` is whole seconds, rounded up, at least 1.
    ///
    /// ```
    /// use switchback::{ClientError, ErrorOptions, Exhaustion, Failed, Protocol, Timestamp};
    /// use switchback::ir::ErrorClass;
    /// let now = Timestamp::from_millis(1_000);
    /// let throttled = |millis| Failed {
    ///     class: ErrorClass::RateLimitTokens,
    ///     retry_at: Some(Timestamp::from_millis(millis)),
    /// };
    /// let tried = Exhaustion::of([throttled(61_000), throttled(8_500)]);
    /// let error = ClientError::of(&tried, Protocol::Messages, &ErrorOptions::at(now));
    /// assert_eq!(error.status, 429);
    /// assert!(error.headers.contains(&("retry-after", "8".to_owned())));
    ///
    /// let denied = Exhaustion::of([Failed { class: ErrorClass::Credential, retry_at: None }]);
    /// assert_eq!(ClientError::of(&denied, Protocol::Chat, &ErrorOptions::at(now)).status, 502);
    /// ```
    pub fn of<'f>(failure: impl Into<Failure<'f>>, protocol: Protocol, options: &ErrorOptions) -> Self {
        match failure.into() {
            Failure::Refused(refusal) => Self::refused(refusal, protocol),
            Failure::Exhausted(exhaustion) => Self::exhausted(exhaustion, protocol, options),
        }
    }

    fn refused(refusal: &Refusal, protocol: Protocol) -> Self {
        let (case, message, param) = match refusal {
            Refusal::NoModel => (Case::NoModel, refusal.to_string(), Some("model")),
            Refusal::UnknownModel { .. } => (Case::UnknownModel, refusal.to_string(), Some("model")),
            Refusal::NoRoute => (Case::NotServed, refusal.to_string(), None),
            Refusal::EmptyCatalog => (Case::EmptyCatalog, refusal.to_string(), None),
            Refusal::NothingEligible { relax } => match relax.first() {
                None => (Case::NotServed, refusal.to_string(), Some("model")),
                Some(relaxation) => {
                    let constraints = &relaxation.constraints;
                    // In the planner's order: the first is the one that changes least.
                    let first = constraints.iter().min();
                    let remedies = constraints.iter().map(Relaxed::to_string).collect::<Vec<_>>().join(" and ");
                    let case = first.map_or(Case::NotServed, |first| constraint_case(first.constraint));
                    let tier = first.is_some_and(|first| first.subject == "service_tier");
                    (case, format!("{refusal}; {remedies}"), tier.then_some("service_tier"))
                }
            },
        };
        let error = written(case.class(), &message, case.code(), param, protocol);
        Self { status: case.status(), headers: headers(None), body: error, case, class: case.class() }
    }

    fn exhausted(exhaustion: &Exhaustion, protocol: Protocol, options: &ErrorOptions) -> Self {
        let case = exhaustion.case();
        let last = exhaustion.attempts.last().map(|failed| failed.class);
        let class = last.filter(|_| case == Case::Rejected).unwrap_or_else(|| case.class());
        let status = if case == Case::AllFailed {
            options.all_failed.status()
        } else if case == Case::Overloaded || case.status() == 0 {
            // Protocols have statuses of their own for these.
            error_status(class, protocol)
        } else {
            case.status()
        };
        let waits = matches!(case, Case::Throttled | Case::Overloaded | Case::Resting);
        let retry = exhaustion.readmission().filter(|_| waits);
        let body = written(class, &exhaustion.message(case, class), case.code(), None, protocol);
        let wait = retry.map(|at| at.saturating_since(options.now).get().max(1));
        Self { status, headers: headers(wait), body, case, class }
    }
}

fn constraint_case(constraint: Constraint) -> Case {
    match constraint {
        Constraint::UnsupportedOperation | Constraint::NoSupportedProtocol | Constraint::NotTriggered => {
            Case::NotServed
        }
        Constraint::OtherProvider | Constraint::OtherVersion | Constraint::OtherRegion | Constraint::NotInPool => {
            Case::NotThere
        }
        Constraint::NotMetered | Constraint::NotAllowed | Constraint::Denied => Case::NotPermitted,
        Constraint::NoCredential => Case::NoAccess,
        Constraint::RetentionNotExcluded
        | Constraint::TrainingNotExcluded
        | Constraint::RegionNotAllowed
        | Constraint::AttributeMissing => Case::DataPolicy,
        Constraint::TierNotRequested
        | Constraint::TierNotAllowed
        | Constraint::FeatureNotProven
        | Constraint::FeatureMissing
        | Constraint::DegradationOff
        | Constraint::FeatureUnverified
        | Constraint::OutputTooLong => Case::Unsupported,
        Constraint::ContextTooSmall => Case::ContextTooLong,
        Constraint::OverBudget | Constraint::PriceTooHigh | Constraint::PriceUnknown => Case::OverBudget,
        Constraint::OverLimit => Case::Throttled,
        Constraint::CoolingDown | Constraint::GatedByUptime => Case::Resting,
    }
}

fn headers(wait: Option<u64>) -> Vec<(&'static str, String)> {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if let Some(millis) = wait {
        headers.push(("retry-after", millis.div_ceil(1_000).to_string()));
        headers.push(("retry-after-ms", millis.to_string()));
    }
    headers
}

fn written(class: ErrorClass, message: &str, code: &str, param: Option<&str>, protocol: Protocol) -> Vec<u8> {
    let mut error = ApiError::new(class, message).with(Key::ErrorCode, error_code(class).unwrap_or(code));
    if let Some(param) = param {
        error = error.with(Key::ErrorParam, param);
    }
    let mut body = Vec::new();
    encode_error(&error, protocol, &mut body);
    body
}
