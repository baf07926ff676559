//! What a URL or the data of a document holds.

use switchback_ir::{Media, Text};

/// The media of a URL: base64 where it is a `data:` URL of that form, read strictly.
pub(crate) fn url_media(url: Text<'_>) -> Media<'_> {
    let Some((head, data)) = url.split_once(',').filter(|(head, _)| head.between("data:", "").is_some()) else {
        return Media::Url(url);
    };
    match head.between("data:", ";base64").filter(is_media_type) {
        Some(media_type) => Media::Base64 { media_type, data },
        None => Media::DataUrl(url),
    }
}

/// Whether a media type is one that a `data:` URL can hold: two words, without parameters.
pub(crate) fn is_media_type(text: &Text<'_>) -> bool {
    let word = text.word();
    word.contains('/') && word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b','))
}

/// The media of a document's data, which is a `data:` URL or bare base64.
pub(crate) fn data_media(data: Text<'_>) -> Media<'_> {
    let media = url_media(data);
    if let Media::Url(data) = media { Media::Bare(data) } else { media }
}
