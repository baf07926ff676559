use crate::limits::{Limits, over_limit};
use crate::matching::offered;
use crate::offer::OfferLimits;
use crate::screen::spoken;
use crate::{Offer, Requirements, Screen, Unknown};
use std::collections::BTreeMap;
use switchback_ir::{Feature, FeatureSet, Protocol};

/// Many offers turned on their side: a column of bits for each feature, so that one request is held against 64 offers in
/// one instruction.
///
/// It is built once for a list of offers and asked for every request; a position is an offer's place in that list. What
/// it answers is what a [`Screen`] and [`match_offer`](crate::match_offer) say of each offer alone.
///
/// Building costs one pass over the features of every offer. It holds at most three bits for each feature and offer
/// (5,000 offers: 400 KB at most, since a column that says nothing takes no room) and each distinct set of limits once.
///
/// ```
/// use switchback_capability::{Offer, OfferIndex, Policy, Requirements, Screen};
/// use switchback_ir::{Feature, Key, Owner, Protocol, RawJson, Request};
///
/// let mut request = Request::new("gpt-5");
/// request.set(Owner::Request, Key::Seed, RawJson::number(7));
/// let needs = Requirements::of(&request);
/// let screen = Screen::new(&needs, None, Policy::default());
///
/// let lacks = Offer::unknown().no(Feature::Seed);
/// let offers = [(Protocol::Chat, lacks), (Protocol::Chat, Offer::unknown()), (Protocol::Messages, Offer::unknown())];
/// let index = OfferIndex::of(&offers);
/// assert_eq!(index.full(&screen).iter().collect::<Vec<_>>(), [1]);
/// // A seed may be dropped: nobody is out of the question.
/// assert_eq!(index.passing(&screen).len(), 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct OfferIndex {
    length: usize,
    /// Who speaks which protocol, in the order of [`Protocol::ALL`].
    speakers: [Column; Protocol::ALL.len()],
    /// By feature: who is known to have it, who is known to lack it, and to whom it is foreign.
    features: Vec<Columns>,
    /// The distinct limits, each with a protocol, since vendors put more or less before tools.
    limits: Vec<(Protocol, OfferLimits)>,
    /// Which of them are whose.
    limits_of: Vec<u32>,
}

/// A bit for each offer; empty where no bit is set.
type Column = Vec<u64>;

#[derive(Clone, Debug, Default)]
struct Columns {
    yes: Column,
    no: Column,
    foreign: Column,
}

/// Some of the positions of an [`OfferIndex`], in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    words: Vec<u64>,
}

impl OfferIndex {
    /// The index of these offers, each with the protocol that its endpoint speaks.
    pub fn of<'o>(offers: impl IntoIterator<Item = &'o (Protocol, Offer)>) -> Self {
        let mut index = Self { features: vec![Columns::default(); Feature::ALL.len()], ..Self::default() };
        let mut known = BTreeMap::new();
        for (protocol, offer) in offers {
            index.add(*protocol, offer, &mut known);
        }
        index
    }

    fn add(&mut self, protocol: Protocol, offer: &Offer, known: &mut BTreeMap<(Protocol, OfferLimits), u32>) {
        let at = self.length;
        for (_, speakers) in Protocol::ALL.iter().zip(&mut self.speakers).filter(|(speaks, _)| **speaks == protocol) {
            set(speakers, at);
        }
        let foreign = offer.owned_elsewhere().union(offer.owner_unknown());
        self.mark(offer.known_yes(), at, |columns| &mut columns.yes);
        self.mark(offer.known_no(), at, |columns| &mut columns.no);
        self.mark(foreign, at, |columns| &mut columns.foreign);
        let limits = (protocol, *offer.limits());
        let row = *known.entry(limits).or_insert_with(|| {
            self.limits.push(limits);
            u32::try_from(self.limits.len() - 1).unwrap_or(u32::MAX)
        });
        self.limits_of.push(row);
        self.length += 1;
    }

    fn mark(&mut self, features: FeatureSet, at: usize, column: impl Fn(&mut Columns) -> &mut Column) {
        for feature in features.iter() {
            if let Some(columns) = self.features.get_mut(feature as usize) {
                set(column(columns), at);
            }
        }
    }

    /// How many offers it is of.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether it is of no offer.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Every offer that serves the request as it is: those whose verdict is full.
    ///
    /// Cost: a word for every 64 offers and feature that the request uses, one check for each distinct set of limits,
    /// and one look-up for each offer that no feature keeps out.
    pub fn full(&self, screen: &Screen<'_>) -> Positions {
        let needs = screen.matcher.needs;
        self.select(screen, needs.features(), |protocol, limits| within(needs, protocol, limits))
    }

    /// Every offer that [`Screen::passes`]: the others cannot serve the request, whatever is done to it. Cost: as
    /// [`full`](Self::full).
    pub fn passing(&self, screen: &Screen<'_>) -> Positions {
        self.select(screen, screen.firm, |protocol, limits| screen.has_room(protocol, limits))
    }

    /// The offers that have all of `needed`, and whose limits are as they should be.
    fn select(
        &self,
        screen: &Screen<'_>,
        needed: FeatureSet,
        within: impl Fn(Protocol, &OfferLimits) -> bool,
    ) -> Positions {
        let mut found = self.speaking(screen, needed);
        for feature in needed.intersection(offered()).iter() {
            match screen.matcher.policy.unknown {
                Unknown::Reject => found.keep(self.columns(feature).map(|columns| &columns.yes)),
                Unknown::Allow | Unknown::Accept => found.strike(self.columns(feature).map(|columns| &columns.no)),
            }
        }
        for feature in needed.iter() {
            found.strike(self.columns(feature).map(|columns| &columns.foreign));
        }
        let fits: Vec<bool> = self.limits.iter().map(|(protocol, limits)| within(*protocol, limits)).collect();
        if fits.contains(&false) {
            found.retain(&self.limits_of, |row| fits.get(row as usize) == Some(&true));
        }
        found
    }

    /// The offers whose protocol has a form for all of `needed`.
    fn speaking(&self, screen: &Screen<'_>, needed: FeatureSet) -> Positions {
        let mut found = Positions { words: vec![0; self.length.div_ceil(64)] };
        for (protocol, speakers) in Protocol::ALL.into_iter().zip(&self.speakers) {
            let spoken = spoken(screen.matcher.origin, protocol, needed);
            if !spoken.speaks {
                continue;
            }
            let mut speakers = Positions { words: speakers.clone() };
            if spoken.asks_system {
                speakers.keep(self.columns(Feature::MidConversationSystem).map(|columns| &columns.yes));
            }
            for (word, theirs) in found.words.iter_mut().zip(speakers.words) {
                *word |= theirs;
            }
        }
        found
    }

    fn columns(&self, feature: Feature) -> Option<&Columns> {
        self.features.get(feature as usize)
    }
}

impl Positions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether `at` is one of them. Constant time.
    pub fn contains(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// The positions in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| ones(*word).map(move |bit| at * 64 + bit))
    }

    /// Leaves what is in the column too.
    fn keep(&mut self, column: Option<&Column>) {
        let theirs = column.into_iter().flatten().copied().chain(std::iter::repeat(0));
        for (word, theirs) in self.words.iter_mut().zip(theirs) {
            *word &= theirs;
        }
    }

    /// Leaves what is not in the column.
    fn strike(&mut self, column: Option<&Column>) {
        for (word, theirs) in self.words.iter_mut().zip(column.into_iter().flatten()) {
            *word &= !theirs;
        }
    }

    /// Leaves the positions whose row is as it should be.
    fn retain(&mut self, rows: &[u32], fits: impl Fn(u32) -> bool) {
        for (word, rows) in self.words.iter_mut().zip(rows.chunks(64)) {
            for bit in ones(*word) {
                if !rows.get(bit).is_some_and(|row| fits(*row)) {
                    *word &= !(1 << bit);
                }
            }
        }
    }
}

/// Whether the request is within the limits as it is.
fn within(needs: &Requirements, protocol: Protocol, limits: &OfferLimits) -> bool {
    needs.features().intersection(over_limit(needs, limits)).is_empty()
        && Limits::of(limits, needs.input_at(protocol)).fits(needs)
}

/// The numbers of the bits that are set, from the lowest.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

fn set(column: &mut Column, at: usize) {
    if column.len() <= at / 64 {
        column.resize(at / 64 + 1, 0);
    }
    if let Some(word) = column.last_mut() {
        *word |= 1 << (at % 64);
    }
}
