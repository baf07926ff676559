use super::text::Trim;
use super::{Answer, Restore};
use crate::rewrite::ANSWER_TOOL;
use switchback_ir::{Block, Feature, Place, Step, StopReason, Text};

/// The most bytes of an answer that are kept for its check; a longer one is flagged as one that does not fit.
const BOUND: usize = 16 << 20;

/// [`Restore`] for a stream: takes the steps of the upstream's stream in their order, and gives those of the client's.
///
/// The answer goes out as it comes: the arguments of the call that stands for it become the text's deltas. Held back are
/// only texts before that call (which a refusal may be all of), and as much of a text as may be a fence. Memory: the text
/// of the answer, for its check, up to 16 MiB.
#[derive(Debug)]
pub struct RestoreStream {
    restore: Restore,
    /// What becomes of each block of the upstream, by its number.
    blocks: Vec<Way>,
    /// The number of the next block of the client.
    next: u32,
    trim: Trim,
    /// The answer so far.
    answer: String,
    answered: bool,
    calls: u32,
    /// Texts that wait for what comes behind them.
    held: Vec<String>,
}

/// What becomes of a block.
#[derive(Debug)]
enum Way {
    /// It passes under this number.
    Pass(u32),
    /// It passes, and its arguments are checked.
    Checked(u32, String, String),
    /// It is the answer.
    Answer(u32),
    /// It is text that is trimmed.
    Words(u32),
    /// It waits, at this place of what is held.
    Held(usize),
    /// It is left out.
    Gone,
}

impl RestoreStream {
    /// A stage at the beginning of a stream.
    pub fn new(restore: Restore) -> Self {
        let trim = Trim::new(&restore.prefix, restore.answer == Some(Answer::Words));
        let answer = restore.prefix.clone();
        Self { restore, blocks: Vec::new(), next: 0, trim, answer, answered: false, calls: 0, held: Vec::new() }
    }

    /// Takes a step; gives any number to `next`.
    pub fn step(&mut self, step: Step<'_>, next: &mut dyn FnMut(Step<'_>)) {
        match step {
            Step::Open { kind, .. } => self.open(kind, next),
            Step::Delta { block, text } => self.delta(block, text, next),
            Step::Close { block } => self.close(block, next),
            Step::Finish { reason, sequence } => {
                self.finish(next);
                let called = self.answered && reason == StopReason::ToolUse;
                next(Step::Finish { reason: if called { StopReason::End } else { reason }, sequence });
            }
            Step::Citation { block, raw } => {
                if let Some(block) = self.shown(block) {
                    next(Step::Citation { block, raw });
                }
            }
            Step::Logprobs { block, raw } => {
                if let Some(block) = self.shown(block) {
                    next(Step::Logprobs { block, raw });
                }
            }
            Step::Start(_) | Step::Usage(_) | Step::Tier(_) | Step::Lost { .. } | Step::Failed { .. } | Step::End => {
                next(step);
            }
        }
    }

    /// The client's number of a block that is not held and not left out.
    fn shown(&self, block: u32) -> Option<u32> {
        match self.blocks.get(usize::try_from(block).ok()?)? {
            Way::Pass(number) | Way::Checked(number, ..) | Way::Answer(number) | Way::Words(number) => Some(*number),
            Way::Held(_) | Way::Gone => None,
        }
    }

    fn number(&mut self) -> u32 {
        let number = self.next;
        self.next = number.saturating_add(1);
        number
    }

    fn open(&mut self, kind: Block<'_>, next: &mut dyn FnMut(Step<'_>)) {
        let by_call = self.restore.answer == Some(Answer::Call);
        let trims = self.restore.answer == Some(Answer::Words) || !self.restore.prefix.is_empty();
        let way = match &kind {
            Block::Call { name, .. } if by_call => return self.open_answer(*name == *ANSWER_TOOL, next),
            Block::Call { .. } if self.restore.first_call && self.calls > 0 => Way::Gone,
            Block::Call { name, .. } => {
                self.calls = self.calls.saturating_add(1);
                Way::Checked(self.number(), name.word().into_owned(), String::new())
            }
            Block::Text if by_call => {
                self.held.push(String::new());
                Way::Held(self.held.len().saturating_sub(1))
            }
            Block::Text if trims => Way::Words(self.number()),
            Block::Reasoning if self.restore.without_reasoning => Way::Gone,
            Block::Text | Block::Refusal | Block::Reasoning => Way::Pass(self.number()),
        };
        match way {
            Way::Gone => lost(Feature::BesideAnswer, next),
            Way::Pass(block) | Way::Checked(block, ..) | Way::Words(block) | Way::Answer(block) => {
                next(Step::Open { block, kind });
            }
            Way::Held(_) => {}
        }
        self.blocks.push(way);
    }

    /// The call that stands for the answer becomes text; every other, and what was said before, is left out.
    fn open_answer(&mut self, is_answer: bool, next: &mut dyn FnMut(Step<'_>)) {
        if !is_answer || self.answered {
            self.blocks.push(Way::Gone);
            return lost(Feature::BesideAnswer, next);
        }
        self.answered = true;
        if self.held.iter().any(|text| !text.is_empty()) {
            lost(Feature::BesideAnswer, next);
        }
        self.held.clear();
        let block = self.number();
        self.blocks.push(Way::Answer(block));
        next(Step::Open { block, kind: Block::Text });
    }

    fn delta(&mut self, block: u32, text: Text<'_>, next: &mut dyn FnMut(Step<'_>)) {
        let Some(way) = usize::try_from(block).ok().and_then(|block| self.blocks.get_mut(block)) else { return };
        match way {
            Way::Pass(block) => next(Step::Delta { block: *block, text }),
            Way::Checked(block, _, arguments) => {
                keep_text(arguments, &text);
                next(Step::Delta { block: *block, text });
            }
            Way::Answer(block) => {
                keep_text(&mut self.answer, &text);
                next(Step::Delta { block: *block, text });
            }
            Way::Words(block) if self.trim.is_done() => {
                keep_text(&mut self.answer, &text);
                next(Step::Delta { block: *block, text });
            }
            Way::Words(block) => {
                let shown = self.trim.push(&text.word());
                keep(&mut self.answer, &shown);
                if !shown.is_empty() {
                    next(Step::Delta { block: *block, text: Text::new(shown) });
                }
            }
            Way::Held(at) => {
                if let Some(held) = self.held.get_mut(*at) {
                    keep_text(held, &text);
                }
            }
            Way::Gone => {}
        }
    }

    fn close(&mut self, block: u32, next: &mut dyn FnMut(Step<'_>)) {
        let Some(way) = usize::try_from(block).ok().and_then(|block| self.blocks.get_mut(block)) else { return };
        match way {
            Way::Pass(block) | Way::Answer(block) => next(Step::Close { block: *block }),
            Way::Checked(block, name, arguments) => {
                next(Step::Close { block: *block });
                if !self.restore.arguments_fit(&Text::new(name.as_str()), arguments) {
                    lost(Feature::SchemaUnmet, next);
                }
            }
            Way::Words(block) => {
                let rest = self.trim.finish();
                keep(&mut self.answer, &rest);
                if !rest.is_empty() {
                    next(Step::Delta { block: *block, text: Text::new(rest) });
                }
                next(Step::Close { block: *block });
            }
            Way::Held(_) | Way::Gone => {}
        }
    }

    /// What waited for a call that did not come, and the check of what did.
    fn finish(&mut self, next: &mut dyn FnMut(Step<'_>)) {
        for text in std::mem::take(&mut self.held) {
            let block = self.number();
            next(Step::Open { block, kind: Block::Text });
            next(Step::Delta { block, text: Text::new(text) });
            next(Step::Close { block });
        }
        let came = match self.restore.answer {
            Some(Answer::Call) => self.answered && self.restore.answer_fits(&self.answer),
            Some(Answer::Words) => self.restore.answer_fits(&self.answer),
            None => true,
        };
        if !came {
            lost(Feature::SchemaUnmet, next);
        }
    }
}

fn keep(kept: &mut String, text: &str) {
    if kept.len().saturating_add(text.len()) <= BOUND {
        kept.push_str(text);
    }
}

/// Keeps the characters of a text, without a copy of it in between.
fn keep_text(kept: &mut String, text: &Text<'_>) {
    // What a lone surrogate stands in is no JSON, and fits no schema with it or without.
    let _whole = text.pieces(&mut |piece| keep(kept, piece));
}

fn lost(feature: Feature, next: &mut dyn FnMut(Step<'_>)) {
    next(Step::Lost { feature, place: Place::ROOT });
}
