use crate::pattern::matches;
use crate::{Modalities, Modality, Operation};

/// Words in a model's id that tell what it does, where the source does not: matched as whole words, the first that
/// is found counts. Read off the ids of models.dev 1.0.398 whose modalities claim text for what is no chat model.
const WORDS: &[(&str, Operation)] = &[
    ("embed", Operation::Embedding),
    ("embedding", Operation::Embedding),
    ("embeddings", Operation::Embedding),
    ("embedqa", Operation::Embedding),
    ("bge", Operation::Embedding),
    ("minilm", Operation::Embedding),
    ("gte", Operation::Embedding),
    ("rerank", Operation::Rerank),
    ("reranker", Operation::Rerank),
    ("rerankqa", Operation::Rerank),
    ("whisper", Operation::Transcription),
    ("asr", Operation::Transcription),
    ("transcribe", Operation::Transcription),
    ("parakeet", Operation::Transcription),
    ("tts", Operation::Speech),
    ("melotts", Operation::Speech),
    ("lyria", Operation::Speech),
    ("realtime", Operation::Realtime),
    ("livetranslate", Operation::Realtime),
    ("e5", Operation::Embedding),
    ("embedcode", Operation::Embedding),
    ("studiovoice", Operation::Speech),
];

/// The same for ids that no single word tells.
const PATTERNS: &[(&str, Operation)] = &[
    ("*voyage/voyage-*", Operation::Embedding),
    ("gpt-image-*", Operation::Image),
    ("*/gpt-image-*", Operation::Image),
    ("chatgpt-image-*", Operation::Image),
    ("*grok-imagine-image*", Operation::Image),
    ("mistral-ocr*", Operation::Ocr),
    ("container", Operation::Other),
];

/// What a model does, by words in its id, else by what it writes; and whether that was inferred from the id alone.
pub(super) fn operation(id: &str, output: Option<Modalities>) -> (Operation, bool) {
    let by_word = words(id).find_map(|word| WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)));
    let by_pattern = || PATTERNS.iter().find(|(pattern, _)| matches(pattern, id));
    if let Some((_, operation)) = by_word.or_else(by_pattern) {
        return (*operation, true);
    }
    let Some(output) = output else { return (Operation::Chat, false) };
    let writes = |modality| output.contains(modality);
    let operation = match () {
        () if writes(Modality::Text) => Operation::Chat,
        () if writes(Modality::Image) => Operation::Image,
        () if writes(Modality::Video) => Operation::Video,
        () if writes(Modality::Audio) => Operation::Speech,
        () if writes(Modality::Embedding) => Operation::Embedding,
        () => Operation::Other,
    };
    (operation, false)
}

fn words(id: &str) -> impl Iterator<Item = &str> {
    id.split(|char: char| !char.is_ascii_alphanumeric())
}
