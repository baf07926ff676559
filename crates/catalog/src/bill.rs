use serde::{Deserialize, Serialize};
use switchback_units::{Money, Rate, Tokens};

use crate::{Fact, Field, PriceKind, Prices, Row, SourceIndex};

/// What was used of something that has a price: how much is `None` where nobody says, which is not nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Quantity {
    /// What.
    pub kind: PriceKind,
    /// How much, in the kind's unit.
    pub units: Option<u64>,
}

/// What something costs, line by line, in whole pico-dollars. A line is unknown where its price or its quantity is, and
/// an unknown line makes the total unknown, never smaller.
///
/// ```
/// use switchback_catalog::{Bill, PriceKind, PriceList, Prices, Quantity};
/// use switchback_units::{Rate, Tokens};
///
/// let prices = Prices::from(PriceList::from_iter([
///     (PriceKind::Input, Rate::per_million("2.50")?.value),
///     (PriceKind::Output, Rate::per_million("10")?.value),
/// ]));
/// let of = |kind, units| Quantity { kind, units: Some(units) };
/// let bill = Bill::of(&prices, Tokens::new(2_000), [of(PriceKind::Input, 2_000), of(PriceKind::Output, 100)]);
/// assert_eq!(bill.total().map(|total| total.to_string()).as_deref(), Some("$0.006"));
///
/// let bill = Bill::of(&prices, Tokens::new(2_000), [of(PriceKind::Input, 2_000), of(PriceKind::WebSearch, 1)]);
/// assert_eq!((bill.total(), bill.known().to_string()), (None, "$0.005".to_owned()));
/// # Ok::<(), switchback_units::DecimalError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bill {
    lines: Vec<BillLine>,
}

/// One line of a [`Bill`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a row of a table")]
pub struct BillLine {
    /// What was used.
    pub kind: PriceKind,
    /// How much; `None` when nobody says.
    pub units: Option<u64>,
    /// The price of one; `None` when unknown.
    pub rate: Option<Rate>,
    /// The number of input tokens above which that price holds, where it is one for long prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Tokens>,
    /// The cost; `None` when the quantity or the price is unknown.
    pub amount: Option<Money>,
    /// Which of the catalog's sources the price comes from, where the bill is a row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceIndex>,
}

impl Bill {
    /// The bill for what was used in a request of that many input tokens, which decide between the lists of `prices`. Of
    /// what nothing was used there is no line.
    pub fn of(prices: &Prices, input: Tokens, used: impl IntoIterator<Item = Quantity>) -> Self {
        let used = used.into_iter().filter(|quantity| quantity.units != Some(0));
        Self { lines: used.map(|quantity| BillLine::of(prices, input, quantity)).collect() }
    }

    /// The lines, in the order of the quantities.
    pub fn lines(&self) -> &[BillLine] {
        &self.lines
    }

    /// The sum of all lines, at most [`Money::MAX`]; `None` when one of them is unknown.
    pub fn total(&self) -> Option<Money> {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// The sum of the lines that are known: what was spent at the least.
    pub fn known(&self) -> Money {
        self.lines.iter().filter_map(|line| line.amount).sum()
    }
}

impl BillLine {
    fn of(prices: &Prices, input: Tokens, Quantity { kind, units }: Quantity) -> Self {
        let price = prices.rate_and_threshold(kind, input);
        let rate = price.map(|(rate, _)| rate);
        let amount = rate.zip(units).map(|(rate, units)| rate * units);
        Self { kind, units, rate, above: price.and_then(|(_, above)| above), amount, source: None }
    }
}

impl Row {
    /// The bill of [`Bill::of`] by the row's prices, with the source of each.
    pub fn bill(&self, input: Tokens, used: impl IntoIterator<Item = Quantity>) -> Bill {
        let mut bill = Bill::of(&self.prices, input, used);
        for line in bill.lines.iter_mut().filter(|line| line.rate.is_some()) {
            let field = if line.above.is_some() { Field::Fact(Fact::PricesAbove) } else { Field::Price(line.kind) };
            line.source = Some(self.provenance.source(field));
        }
        bill
    }
}
