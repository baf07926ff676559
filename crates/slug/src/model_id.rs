use core::fmt;

use crate::{brand, parse};

/// A model's id as its upstream writes it, taken apart: Bedrock's `[geo.]vendor.model[-date][-vN[:M]]`, Vertex's
/// `model@version`, paths (`accounts/fireworks/models/…`, `projects/…/publishers/…`, `@cf/…`), ARNs, OpenAI's
/// fine-tunes `ft:base:org:name:id`, client-side markers such as `[1m]`. Total, allocates nothing, looks at no catalog;
/// printing it gives the input back.
///
/// ```
/// use switchback_slug::ModelId;
///
/// let id = ModelId::parse("us.anthropic.claude-haiku-4-5-20251001-v1:0");
/// assert_eq!((id.geography(), id.vendor()), (Some("us"), Some("anthropic")));
/// assert_eq!((id.name(), id.version(), id.revision()), ("claude-haiku-4-5", Some("20251001"), Some("v1:0")));
/// // A family number is never taken for a date.
/// assert_eq!(ModelId::parse("claude-haiku-4-5").version(), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModelId<'a> {
    /// Everything up to the last slash, the slash included, and `hf:`.
    path: &'a str,
    geography: Option<&'a str>,
    vendor: Option<&'a str>,
    tuned: bool,
    name: &'a str,
    version: Option<&'a str>,
    revision: Option<&'a str>,
    at: Option<&'a str>,
    tuning: Option<&'a str>,
    variant: Option<&'a str>,
    /// What a client appended, brackets included: `[1m]`.
    marker: Option<&'a str>,
}

impl<'a> ModelId<'a> {
    /// Takes an id apart.
    pub fn parse(input: &'a str) -> Self {
        let mut id = ModelId::default();
        let rest = id.take_path(input);
        let rest = id.take_marker(rest);
        if let Some(tuned) = rest.strip_prefix("ft:") {
            id.tuned = true;
            (id.name, id.tuning) = split_off(tuned.split_once(':'), tuned);
            return id;
        }
        let (rest, variant) = split_off(parse::split_variant(rest), rest);
        let (rest, at) = split_off(rest.rsplit_once('@').filter(|(name, _)| !name.is_empty()), rest);
        (id.variant, id.at) = (variant, at);
        let rest = id.take_vendor(rest);
        let (rest, revision) = split_off(split_revision(rest, id.vendor.is_some()), rest);
        let (name, version) = split_off(split_version(rest).or_else(|| split_short_date(rest)), rest);
        (id.name, id.version, id.revision) = (name, version, revision);
        id
    }

    /// The path before the last segment, its slash included; empty when there is none.
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// Bedrock's geography: `us`, `eu`, `apac`, `au`, `jp`, `global`, `us-gov`.
    pub const fn geography(&self) -> Option<&'a str> {
        self.geography
    }

    /// The vendor that Bedrock, and Portkey for Vertex, join with a dot.
    pub const fn vendor(&self) -> Option<&'a str> {
        self.vendor
    }

    /// The model's own name. A fine-tune's is its base.
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The version that the id pins: a date `YYYYMMDD` or `YYYY-MM-DD`, `latest`, or whatever follows `@`; `MMDD` or
    /// `YYMM` behind a brand whose snapshots are named so (`gpt-4-0613`). Other digits are part of the name, because
    /// `claude-haiku-4-5` is not of April the fifth and `deepseek-r1-0528` is a model of its own.
    pub const fn version(&self) -> Option<&'a str> {
        match self.at {
            Some(at) => Some(at),
            None => self.version,
        }
    }

    /// What follows `@`.
    pub(crate) const fn at(&self) -> Option<&'a str> {
        self.at
    }

    /// Bedrock's revision, `v1:0` or `v1`.
    pub const fn revision(&self) -> Option<&'a str> {
        self.revision
    }

    /// What makes it a fine-tune: `org:name:id`, parts of which may be empty. `None` for a base model, and for
    /// `ft:base` alone.
    pub const fn tuning(&self) -> Option<&'a str> {
        self.tuning
    }

    /// Whether it is a fine-tune.
    pub const fn is_tuned(&self) -> bool {
        self.tuned
    }

    /// A variant in OpenRouter's manner, such as `free`.
    pub const fn variant(&self) -> Option<&'a str> {
        self.variant
    }

    /// What a client appended for itself, without its brackets: Claude Code's `[1m]`.
    pub fn marker(&self) -> Option<&'a str> {
        self.marker?.strip_prefix('[')?.strip_suffix(']')
    }

    /// The region of an ARN, the location of a Vertex path, or else Bedrock's geography.
    pub fn region(&self) -> Option<&'a str> {
        let arn = self.path.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2));
        let location = self.path.split_once("/locations/").and_then(|(_, rest)| rest.split('/').next());
        arn.or(location).filter(|region| !region.is_empty()).or(self.geography)
    }

    /// Whether the name says nothing about the model: an ARN of a provisioned, custom or imported model or of an
    /// application's own profile, or a Vertex endpoint.
    pub fn is_opaque(&self) -> bool {
        let arn_of_a_model = ["foundation-model/", "inference-profile/"];
        let resource = self.path.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4));
        resource.is_some_and(|kind| !arn_of_a_model.contains(&kind))
            || self.path.ends_with("/endpoints/")
            || self.name.strip_prefix("endpoints.").is_some()
    }

    fn take_path(&mut self, input: &'a str) -> &'a str {
        let slash = input.rfind('/').map_or(0, |at| at.saturating_add(1));
        let (path, rest) = input.split_at_checked(slash).unwrap_or(("", input));
        if path.is_empty()
            && let Some(rest) = input.strip_prefix("hf:")
        {
            self.path = "hf:";
            return rest;
        }
        self.path = path;
        rest
    }

    fn take_marker(&mut self, rest: &'a str) -> &'a str {
        let bracket = rest.rfind('[').filter(|at| *at > 0 && rest.ends_with(']'));
        let Some((name, marker)) = bracket.and_then(|at| rest.split_at_checked(at)) else { return rest };
        self.marker = Some(marker);
        name
    }

    fn take_vendor(&mut self, rest: &'a str) -> &'a str {
        let (geography, after) = match rest.split_once('.') {
            Some((first, after)) if is_geography(first) => (Some(first), after),
            _ => (None, rest),
        };
        let Some((vendor, name)) = after.split_once('.') else { return rest };
        // With a geography or a revision the id is Bedrock's, whoever the vendor is.
        let is_bedrock = geography.is_some() || split_revision(name, false).is_some();
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !is_vendor(vendor, is_bedrock) {
            return rest;
        }
        (self.geography, self.vendor) = (geography, Some(vendor));
        name
    }
}

impl fmt::Display for ModelId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)?;
        if self.tuned {
            f.write_str("ft:")?;
        }
        for part in [self.geography, self.vendor].into_iter().flatten() {
            write!(f, "{part}.")?;
        }
        f.write_str(self.name)?;
        let tail = [('-', self.version), ('-', self.revision), ('@', self.at), (':', self.variant), (':', self.tuning)];
        for (separator, part) in tail {
            if let Some(part) = part {
                write!(f, "{separator}{part}")?;
            }
        }
        f.write_str(self.marker.unwrap_or_default())
    }
}

fn is_geography(word: &str) -> bool {
    parse::GEOGRAPHIES.contains(&word) || word == "us-gov"
}

/// Whether a word before a dot is a vendor of Bedrock's catalog or a publisher of Vertex's. In an id that is Bedrock's for
/// other reasons any plain word is one, so that a new vendor needs no new row.
fn is_vendor(word: &str, is_bedrock: bool) -> bool {
    let is_plain = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_bedrock && is_plain) || brand::is_vendor(word)
}

fn split_off<'a>(split: Option<(&'a str, &'a str)>, whole: &'a str) -> (&'a str, Option<&'a str>) {
    split.map_or((whole, None), |(rest, tail)| (rest, Some(tail)))
}

/// Splits off Bedrock's revision: `-v1:0`, `-1:0`, `-v1:0:200k`; without a colon (`-v1`) only behind a vendor, since
/// elsewhere it is part of the name.
fn split_revision(name: &str, has_vendor: bool) -> Option<(&str, &str)> {
    let (head, tail) = name.rsplit_once('-')?;
    let (number, rest) = tail.split_once(':').map_or((tail, None), |(number, rest)| (number, Some(rest)));
    let digits = number.strip_prefix('v').unwrap_or(number);
    let is_number = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    // Without the `v` only a first build: in `rerank-v3-5:0` the digit belongs to the version.
    let has_v = number.len() > digits.len();
    let minor_is_number = rest.map(|rest| is_number(rest.split(':').next().unwrap_or_default()));
    let is_revision = minor_is_number.unwrap_or(has_vendor && has_v);
    (is_revision && is_number(digits) && (has_v || digits == "1") && !head.is_empty()).then_some((head, tail))
}

/// Splits off a version that is beyond doubt: `-YYYYMMDD`, `-YYYY-MM-DD`, `-latest`.
fn split_version(name: &str) -> Option<(&str, &str)> {
    let (head, tail) = name.rsplit_once('-')?;
    if (tail == "latest" || is_date(tail)) && !head.is_empty() {
        return Some((head, tail));
    }
    let at = name.len().checked_sub("-YYYY-MM-DD".len()).filter(|at| *at > 0)?;
    let (head, tail) = name.split_at_checked(at)?;
    let date = tail.strip_prefix('-')?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_iso =
        year.len() == 4 && number(year).is_some_and(|year| (2000..2100).contains(&year)) && is_month_day(month, day);
    is_iso.then_some((head, date))
}

/// Splits off `-MMDD` or `-YYMM` where the brand's table row says that such digits are a date.
fn split_short_date(name: &str) -> Option<(&str, &str)> {
    let (head, tail) = name.rsplit_once('-').filter(|(_, tail)| is_short_date(tail))?;
    brand::brand(&head.split('-')).filter(|brand| brand.has_snapshots).map(|_| (head, tail))
}

/// `MMDD`, or `YYMM` from 2022 to 2039.
pub(crate) fn is_short_date(word: &str) -> bool {
    let Some((first, second)) = word.split_at_checked(2) else { return false };
    let is_year = first.len() == 2 && number(first).is_some_and(|year| (22..40).contains(&year));
    is_month_day(first, second) || (is_year && is_month_day(second, "01"))
}

/// `YYYYMMDD` of this century.
fn is_date(text: &str) -> bool {
    let Some((year, month_day)) = text.split_at_checked(4) else { return false };
    let Some((month, day)) = month_day.split_at_checked(2) else { return false };
    number(year).is_some_and(|year| (2000..2100).contains(&year)) && is_month_day(month, day)
}

fn is_month_day(month: &str, day: &str) -> bool {
    let within = |text: &str, max: u32| text.len() == 2 && number(text).is_some_and(|value| (1..=max).contains(&value));
    within(month, 12) && within(day, 31)
}

/// The value of a text of digits only; the standard parser would also take a sign.
fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
