use crate::words::words;

words! {
    /// What an endpoint does. Only [`Operation::Chat`] can answer the requests that Switchback routes; the others are
    /// in the catalog so that a request for them is refused as `unsupported_operation` and not as an unknown model.
    #[non_exhaustive]
    pub enum Operation as "operation" {
        /// Conversation: Chat Completions, Responses or Messages.
        Chat = "chat",
        /// The text completion API that came before chat.
        Completion = "completion",
        /// Vectors for texts.
        Embedding = "embedding",
        /// Images from text.
        Image = "image",
        /// Videos from text.
        Video = "video",
        /// Speech from text, or sound and music.
        Speech = "speech",
        /// Text from speech.
        Transcription = "transcription",
        /// Order of documents by relevance.
        Rerank = "rerank",
        /// Verdict on a text's safety by an API of its own.
        Moderation = "moderation",
        /// Text from scanned pages by an API of its own.
        Ocr = "ocr",
        /// Web search by an API of its own.
        Search = "search",
        /// A live session over a socket.
        Realtime = "realtime",
        /// Something else, or not known.
        Other = "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for word in Operation::ALL {
            assert_eq!(word.name().parse(), Ok(*word));
        }
    }

    #[test]
    fn an_unknown_word_is_named() {
        let error = "chatt".parse::<Operation>().unwrap_err();
        assert_eq!(error.to_string(), "unknown operation `chatt`");
    }
}
