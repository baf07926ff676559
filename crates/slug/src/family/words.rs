//! From an id to lower-case words.

use crate::ModelId;

/// Last path segments that say what to do or which size, not which model: `flux-pro/v1.1-ultra`,
/// `seedream/v3/text-to-image`. The segment before them is then part of the name.
const WEAK_SEGMENTS: [&str; 14] = [
    "auto",
    "dev",
    "fast",
    "free",
    "image-to-image",
    "image-to-video",
    "max",
    "preview",
    "pro",
    "schnell",
    "text-to-image",
    "text-to-speech",
    "text-to-video",
    "ultra",
];

/// The parts of an id that name its model, as words joined by single dashes.
pub(super) fn normal_text(id: &ModelId<'_>) -> String {
    let mut text = String::with_capacity(id.name().len().saturating_add(16));
    for segment in path_of_name(id) {
        push(&mut text, segment);
    }
    // A bare version needs its vendor: `deepseek.v3.2`.
    let bare_of = id.vendor().filter(|_| id.name().split(['-', '.']).next().is_some_and(is_bare_version));
    if let Some(vendor) = bare_of {
        push(&mut text, vendor);
    }
    push(&mut text, id.name());
    if let Some(revision) = id.revision() {
        push_revision(&mut text, revision, bare_of.is_some());
    }
    if let Some(version) = id.at().filter(|version| !is_build(version)) {
        push(&mut text, version);
    }
    text
}

/// The words of a text of [`normal_text`], brands and numbers apart: `llama3-1` is `llama`, `3`, `1`.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::with_capacity(12);
    for word in text.split('-').filter(|word| !word.is_empty()) {
        let letters = word.bytes().take_while(u8::is_ascii_lowercase).count();
        let is_glued = letters >= 3 && word.as_bytes().get(letters).is_some_and(u8::is_ascii_digit);
        match word.split_at_checked(letters).filter(|_| is_glued) {
            Some((brand, number)) => words.extend([brand, number]),
            None => words.push(word),
        }
    }
    words
}

/// Segments of the path that belong to the name, because what follows them is weak.
fn path_of_name<'a>(id: &ModelId<'a>) -> impl Iterator<Item = &'a str> {
    let segments: Vec<&str> = id.path().trim_end_matches('/').split('/').collect();
    let mut weak = is_weak(id.name());
    let mut taken = 0_usize;
    for segment in segments.iter().rev() {
        if !weak || segment.is_empty() || segment.contains(':') {
            break;
        }
        taken = taken.saturating_add(1);
        weak = is_weak(segment);
    }
    let skipped = segments.len().saturating_sub(taken);
    segments.into_iter().skip(skipped)
}

fn is_weak(segment: &str) -> bool {
    WEAK_SEGMENTS.contains(&segment) || segment.split(['-', '.']).next().is_some_and(is_bare_version)
}

/// `3`, `v3`, `r1`: a number without a name.
fn is_bare_version(word: &str) -> bool {
    let digits = word.strip_prefix(['v', 'r']).unwrap_or(word);
    is_digits(digits)
}

/// Appends words in lower case: everything but letters and digits separates, `4p5` is Fireworks' `4.5`, `r+` is
/// `r-plus`.
fn push(text: &mut String, part: &str) {
    separate(text);
    let mut chars = part.chars().peekable();
    let mut after_digit = false;
    while let Some(c) = chars.next() {
        let is_point = matches!(c, 'p' | 'P') && after_digit && chars.peek().is_some_and(char::is_ascii_digit);
        if c == '+' {
            separate(text);
            text.push_str("plus");
        } else if c.is_alphanumeric() && !is_point {
            text.extend(c.to_lowercase());
        } else {
            separate(text);
        }
        after_digit = c.is_ascii_digit();
    }
}

fn separate(text: &mut String) {
    if !text.is_empty() && !text.ends_with('-') {
        text.push('-');
    }
}

/// Bedrock's revision is part of the name where no number stands before it, as in `titan-embed-text-v2:0` and
/// `claude-v2:1` but not in `claude-3-5-sonnet-20241022-v2:0`; where it counts from zero, as in
/// `mistral-7b-instruct-v0:2`; and behind a bare version, as in `deepseek.v3-v1:0`, which is DeepSeek V3.1.
fn push_revision(text: &mut String, revision: &str, is_bare: bool) {
    let (major, minor) = revision.split_once(':').map_or((revision, None), |(major, minor)| (major, Some(minor)));
    let has_number = text.bytes().any(|byte| byte.is_ascii_digit());
    let is_build = major != "v0" && (minor.is_some() || major == "v1");
    if has_number && is_build && !is_bare {
        return;
    }
    push(text, major);
    if let Some(minor) = minor.filter(|minor| *minor != "0") {
        push(text, minor);
    }
}

/// What follows `@` without telling models apart: a date, a build number, `default`, `latest`.
fn is_build(version: &str) -> bool {
    version == "default" || version == "latest" || (is_digits(version) && matches!(version.len(), 3 | 8))
}

/// `YYYYMMDD` or `YYMMDD`, of this decade or the next.
pub(super) fn is_date(word: &str) -> bool {
    let date = word.strip_prefix("20").filter(|_| word.len() == 8).unwrap_or(word);
    let parts = date.split_at_checked(2).and_then(|(year, rest)| Some((year, rest.split_at_checked(2)?)));
    parts.is_some_and(|(year, (month, day))| in_range(year, 22, 39) && in_range(month, 1, 12) && in_range(day, 1, 31))
}

/// Two digits from `low` to `high`.
pub(super) fn in_range(word: &str, low: u8, high: u8) -> bool {
    word.len() == 2 && is_digits(word) && word.parse().is_ok_and(|value: u8| (low..=high).contains(&value))
}

pub(super) fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}
