//! From words to a key. Each rule names the habit that it undoes; what is a fact about one brand stands in the tables.

use super::words::{in_range, is_date, is_digits};
use crate::{
    brand::{self, Brand, Letter, Order},
    model_id::is_short_date,
    prefix, tsv,
};

tsv::table! {
    /// words, where, brand, instead.
    NOISE: 4 by 0, "../../data/words.tsv"
}
/// The most words that a row of noise has at the end of a name.
const LONGEST_NOISE: usize = 3;

tsv::table! {
    /// words, where, canonical.
    SYNONYMS: 3 by 0, "../../data/synonyms.tsv"
}

/// Applies every rule, in place, until none changes anything: removing a word can bring another to the end.
pub(super) fn apply(words: &mut Vec<&str>) {
    // Each pass but the last removes or moves a word, so the bound is never met; it is there to be a bound.
    for _ in 0..words.len().saturating_add(2) {
        let before = words.clone();
        pass(words);
        if *words == before {
            return;
        }
    }
}

pub(super) fn brand_of_key(key: &str) -> Option<Brand> {
    brand::brand(&key.split('-'))
}

fn pass(words: &mut Vec<&str>) {
    drop_vendor(words);
    replace_start(words);
    let brand = brand::brand(&words.iter().copied());
    drop_dates(words);
    match brand.map(|brand| brand.v) {
        Some(Letter::Silent) => drop_v(words),
        Some(Letter::Spoken) => add_v(words),
        Some(Letter::AsWritten) | None => {}
    }
    if brand.is_some_and(|brand| brand.order == Order::TierFirst) {
        drop_second_build(words);
    }
    split_digits(words, brand);
    drop_zero_minor(words);
    drop_active_parameters(words);
    while drop_tail(words, brand) {}
    drop_noise_anywhere(words);
    reorder(words, brand);
    replace_whole(words);
}

/// Hosts put the author before the name: `zai-org-glm-5`, `databricks-claude-haiku-4-5`, `meta-llama-3.1-8b`.
fn drop_vendor(words: &mut Vec<&str>) {
    while let Some(len) = brand::vendor_words(&words.iter().copied()) {
        words.drain(..len);
    }
}

/// `k2.5` for `kimi-k2.5`, `open-mistral-nemo` for `mistral-nemo`.
fn replace_start(words: &mut Vec<&str>) {
    if let Some([key, "start", canonical]) = prefix::longest(&SYNONYMS, &words.iter().copied()) {
        words.splice(..key.split('-').count(), canonical.split('-'));
    }
}

fn replace_whole(words: &mut Vec<&str>) {
    if let Some([key, "whole", canonical]) = prefix::longest(&SYNONYMS, &words.iter().copied())
        && key.split('-').count() == words.len()
    {
        words.splice(.., canonical.split('-'));
    }
}

/// A full date tells no models apart wherever it stands: `claude-opus-4-20250514-thinking`.
fn drop_dates(words: &mut Vec<&str>) {
    let is_iso = |words: &[&str]| {
        let [year, month, day] = words else { return false };
        is_year(year) && is_month_and_day(month, day)
    };
    while let Some(at) = words.windows(3).skip(1).position(is_iso) {
        words.drain(at.saturating_add(1)..at.saturating_add(4));
    }
    let mut is_first = true;
    words.retain(|word| core::mem::take(&mut is_first) || word.len() != 8 || !is_date(word));
}

/// `llama-v3p1` for `llama-3.1`, `claude-v2`.
fn drop_v(words: &mut [&str]) {
    if let Some(word) = words.get_mut(1)
        && let Some(number) = number_of(word)
    {
        *word = number;
    }
}

/// `claude-3.5-sonnet-v2`, whose second build bears a later date; but the `v1` of `claude-instant-v1` is its version.
fn drop_second_build(words: &mut Vec<&str>) {
    let has_number = words.iter().any(|word| is_digits(word));
    if let [_, .., last] = words.as_slice()
        && let Some(number) = number_of(last)
    {
        words.pop();
        words.extend((!has_number).then_some(number));
    }
}

/// `deepseek-3.2` for `deepseek-v3.2`, `deepseek-chat-v3.1` for `deepseek-v3.1`.
fn add_v(words: &mut Vec<&str>) {
    const SPOKEN: [&str; 10] = ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"];
    if let [_, "chat", version, ..] = words.as_slice()
        && number_of(version).is_some()
    {
        words.remove(1);
    }
    if let Some(word) = words.get_mut(1)
        && let Some(spoken) = SPOKEN.into_iter().find(|spoken| number_of(spoken) == Some(*word))
    {
        *word = spoken;
    }
}

/// The digits behind a `v`.
fn number_of(word: &str) -> Option<&str> {
    word.strip_prefix('v').filter(|number| is_digits(number))
}

/// Hosts that allow no dot drop it: `gpt-35-turbo`, `claude-opus-41`, `minimax-m25`.
fn split_digits(words: &mut Vec<&str>, brand: Option<Brand>) {
    let Some(brand) = brand.filter(|brand| brand.splits_digits) else { return };
    let at = match brand.order {
        Order::TierFirst => words.iter().position(|word| word.bytes().any(|byte| byte.is_ascii_digit())),
        Order::AsWritten | Order::NumberFirst => Some(brand.prefix.split('-').count()),
    };
    let Some((at, word)) = at.and_then(|at| Some((at, *words.get(at)?))) else { return };
    // The letter of `m25`, `k25`, `v31`.
    let letter = usize::from(word.starts_with(['m', 'k', 'v']));
    // Not with a zero: `10` is a number of its own.
    let is_pair =
        word.get(letter..).is_some_and(|digits| digits.len() == 2 && is_digits(digits) && !digits.contains('0'));
    if let Some((major, minor)) = word.split_at_checked(letter.saturating_add(1)).filter(|_| is_pair) {
        words.splice(at..=at, [major, minor]);
    }
}

/// `gemini-2.0-flash` is `gemini-2-flash`, `claude-opus-4-0` is `claude-opus-4`.
fn drop_zero_minor(words: &mut Vec<&str>) {
    let mut after_number = false;
    words.retain(|word| {
        let keep = !(after_number && *word == "0");
        after_number = is_digits(word) || word.strip_prefix(['v', 'm', 'k']).is_some_and(is_digits);
        keep
    });
}

/// `235b-a22b`: how many parameters are active says nothing that the size does not.
fn drop_active_parameters(words: &mut Vec<&str>) {
    let mut after_size = false;
    words.retain(|word| {
        let keep = !(after_size && word.strip_prefix('a').is_some_and(is_size));
        after_size = is_size(word);
        keep
    });
}

fn is_size(word: &str) -> bool {
    word.strip_suffix('b').is_some_and(is_digits)
}

/// Drops one date, number or word at the end that does not tell models apart, and says whether it did.
fn drop_tail(words: &mut Vec<&str>, brand: Option<Brand>) -> bool {
    let date = date_len(words, brand).map(|len| (len, ""));
    let Some((len, instead)) = date.or_else(|| noise_len(words)).filter(|(len, _)| *len < words.len()) else {
        return false;
    };
    words.truncate(words.len().saturating_sub(len));
    words.extend(Some(instead).filter(|instead| !instead.is_empty()));
    true
}

/// How many words at the end are a date or a build number.
fn date_len(words: &[&str], brand: Option<Brand>) -> Option<usize> {
    let (last, before) = words.split_last()?;
    let is_build =
        last.len() == 3 && last.starts_with("00") && is_digits(last) && before.iter().any(|word| has_digit(word));
    let is_first_version = *last == "v1" && before.len() > 1;
    if is_build || is_first_version || is_date(last) {
        return Some(1);
    }
    snapshot_len(words).filter(|_| brand.is_some_and(|brand| brand.has_snapshots))
}

/// How many words at the end are the short date of a snapshot: `0613`, `07-09`, `08-2024`. Two words are a date only
/// with a zero in front or a year behind, since `4-5` is a version.
fn snapshot_len(words: &[&str]) -> Option<usize> {
    if words.last().is_some_and(|word| is_short_date(word)) {
        return Some(1);
    }
    let [.., first, second] = words else { return None };
    let is_padded = first.starts_with('0') || second.starts_with('0');
    let is_date = (is_padded && is_month_and_day(first, second)) || (in_range(first, 1, 12) && is_year(second));
    is_date.then_some(2)
}

fn is_month_and_day(month: &str, day: &str) -> bool {
    in_range(month, 1, 12) && in_range(day, 1, 31)
}

/// How many words at the end are noise, and what they stand for.
fn noise_len(words: &[&str]) -> Option<(usize, &'static str)> {
    (1..=LONGEST_NOISE.min(words.len())).rev().find_map(|len| {
        let tail = words.get(words.len().saturating_sub(len)..)?;
        let row = noise(tail.first()?, "end", words).find(|[noise, ..]| noise.split('-').eq(tail.iter().copied()))?;
        let [.., instead] = row;
        Some((len, *instead))
    })
}

/// The rows for words that begin with `first`, in that place, for names that begin as `words` does.
fn noise(first: &str, place: &str, words: &[&str]) -> impl Iterator<Item = &'static [&'static str; 4]> {
    prefix::rows_of(&NOISE, first).filter(move |[_, row_place, brand, _]| {
        *row_place == place && (brand.is_empty() || prefix::starts_with(words.iter().copied(), brand))
    })
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.starts_with("202") && is_digits(word)
}

fn drop_noise_anywhere(words: &mut Vec<&str>) {
    let is_noise = |word: &str, words: &[&str]| noise(word, "any", words).any(|[noise, ..]| *noise == word);
    let mut at = 1_usize;
    while let Some(word) = words.get(at) {
        if is_noise(word, words) {
            words.remove(at);
        } else {
            at = at.saturating_add(1);
        }
    }
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// `claude-3-5-haiku` and `claude-haiku-3-5`, `gemini-pro-1.5` and `gemini-1.5-pro`.
fn reorder(words: &mut Vec<&str>, brand: Option<Brand>) {
    let Some(order) = brand.map(|brand| brand.order).filter(|order| *order != Order::AsWritten) else { return };
    let is_number = |word: &&str| word.len() <= 2 && is_digits(word);
    let Some(start) = words.iter().position(is_number).filter(|start| *start > 0) else { return };
    let len = words.iter().skip(start).take_while(|word| is_number(word)).count();
    let number: Vec<&str> = words.drain(start..start.saturating_add(len)).collect();
    let behind = if order == Order::TierFirst { 2 } else { 1 };
    let at = behind.min(words.len());
    words.splice(at..at, number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        prefix::assert_sorted(&SYNONYMS);
        prefix::assert_sorted(&NOISE);
    }

    #[test]
    fn no_noise_is_longer_than_the_bound() {
        let longest = NOISE.rows().iter().map(|[words, ..]| words.split('-').count()).max();
        assert_eq!(longest, Some(LONGEST_NOISE));
    }
}
