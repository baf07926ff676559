use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use switchback_capability::Support;

use crate::words::words;

words! {
    /// Something that public catalogs say of a model: coarser than `switchback_ir::Feature`, in the sources' own
    /// words. An [`Offer`](switchback_capability::Offer) is derived from these and from what the host carries.
    #[non_exhaustive]
    pub enum Capability as "capability" {
        /// Calls functions.
        Tools = "tools",
        /// Obeys a tool choice other than `auto`.
        ToolChoice = "tool_choice",
        /// Makes several calls in one turn, and takes the switch for it.
        ParallelTools = "parallel_tools",
        /// Follows a JSON Schema.
        JsonSchema = "json_schema",
        /// Answers in JSON without a schema.
        JsonObject = "json_object",
        /// Reads images.
        Image = "image",
        /// Reads PDF documents.
        Pdf = "pdf",
        /// Hears.
        AudioInput = "audio_input",
        /// Watches.
        VideoInput = "video_input",
        /// Speaks.
        AudioOutput = "audio_output",
        /// Draws.
        ImageOutput = "image_output",
        /// Thinks before it answers.
        Reasoning = "reasoning",
        /// Takes a word for how much to think.
        Effort = "effort",
        /// Takes its own earlier reasoning back in the history.
        Interleaved = "interleaved",
        /// Takes a temperature, and with it the other sampling parameters.
        Temperature = "temperature",
        /// Takes `top_p`.
        TopP = "top_p",
        /// Takes `top_k`.
        TopK = "top_k",
        /// Takes a seed.
        Seed = "seed",
        /// Takes stop sequences.
        Stop = "stop",
        /// Takes a frequency penalty.
        FrequencyPenalty = "frequency_penalty",
        /// Takes a presence penalty.
        PresencePenalty = "presence_penalty",
        /// Takes a bias on tokens.
        LogitBias = "logit_bias",
        /// Returns log probabilities.
        Logprobs = "logprobs",
        /// Takes a verbosity.
        Verbosity = "verbosity",
        /// Caches prompts.
        PromptCaching = "prompt_caching",
        /// Continues an assistant message at the end.
        Prefill = "prefill",
        /// Takes system messages.
        SystemText = "system_text",
        /// Streams.
        Streaming = "streaming",
        /// Searches the web by itself.
        WebSearch = "web_search",
        /// Uses a computer.
        ComputerUse = "computer_use",
        /// Reads pages by URL by itself.
        UrlContext = "url_context",
        /// Has service tiers to choose from.
        ServiceTier = "service_tier",
    }
}

/// What is known of each [`Capability`] of a model at a provider: yes, no or unknown.
///
/// ```
/// use switchback_capability::Support;
/// use switchback_catalog::{Capabilities, Capability};
///
/// let mut known = Capabilities::default();
/// known.set(Capability::Tools, Support::Yes);
/// known.set(Capability::Image, Support::No);
/// assert_eq!(known.support(Capability::Tools), Support::Yes);
/// assert_eq!(known.support(Capability::Reasoning), Support::Unknown);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capabilities {
    yes: u64,
    /// Disjoint from `yes`.
    no: u64,
}

const _: () = assert!(Capability::ALL.len() <= 64, "a word has too few bits");

impl Capabilities {
    /// Records what is known of `capability`, over what was recorded before.
    pub const fn set(&mut self, capability: Capability, support: Support) {
        let bit = 1 << capability as u64;
        self.yes &= !bit;
        self.no &= !bit;
        match support {
            Support::Yes => self.yes |= bit,
            Support::No => self.no |= bit,
            Support::Unknown => {}
        }
    }

    /// What is known of `capability`.
    pub const fn support(self, capability: Capability) -> Support {
        let bit = 1 << capability as u64;
        if self.yes & bit != 0 {
            Support::Yes
        } else if self.no & bit != 0 {
            Support::No
        } else {
            Support::Unknown
        }
    }

    /// The capabilities of which `support` is known, in declaration order.
    pub fn with(self, support: Support) -> impl Iterator<Item = Capability> {
        Capability::ALL.iter().copied().filter(move |capability| self.support(*capability) == support)
    }
}

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for support in [Support::Yes, Support::No] {
            for capability in self.with(support) {
                map.serialize_entry(&capability, &(support == Support::Yes))?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_independent_and_never_two_things() {
        for capability in Capability::ALL {
            for support in [Support::Yes, Support::No, Support::Unknown] {
                let mut known = Capabilities::default();
                known.set(*capability, Support::Yes);
                known.set(*capability, support);
                let others = Capability::ALL.iter().filter(|other| *other != capability);
                assert_eq!(known.support(*capability), support);
                assert!(others.into_iter().all(|other| known.support(*other) == Support::Unknown));
            }
        }
    }

    #[test]
    fn every_word_reads_back() {
        for capability in Capability::ALL {
            assert_eq!(capability.name().parse(), Ok(*capability));
        }
    }
}
