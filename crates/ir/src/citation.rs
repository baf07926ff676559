use crate::RawJson;
use crate::json::Kind;

/// A citation of a web page, which is what the protocols' citations have in common.
///
/// Chat nests it in `url_citation`, Responses writes the same members flat, Messages cites the search result that the
/// page came from and the whole text.
///
/// ```
/// use switchback_ir::{RawJson, WebCitation};
/// let cited = RawJson::parse(r#"{"type":"url_citation","url":"https://a.b","title":"A","start_index":2,"end_index":5}"#)?;
/// let page = WebCitation::read(&cited).unwrap();
/// assert_eq!((page.url.as_str(), page.span), (r#""https://a.b""#, Some((2, 5))));
/// assert!(WebCitation::read(&RawJson::parse(r#"{"type":"char_location"}"#)?).is_none());
/// # Ok::<(), switchback_ir::json::Fault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebCitation {
    /// Whether it is one of a search result, as Messages has them.
    pub of_search: bool,
    /// The page's address, a JSON string.
    pub url: RawJson<'static>,
    /// Its title, a JSON string; empty where the source has none.
    pub title: RawJson<'static>,
    /// Where in the text, in characters from its beginning; nothing for a citation of the whole text.
    pub span: Option<(u64, u64)>,
}

impl WebCitation {
    /// Reads an element of a list of citations; nothing for a citation of anything but a web page.
    pub fn read(element: &RawJson<'_>) -> Option<Self> {
        let kind = element.member("type")?.0.as_text()?.word().into_owned();
        let of_search = kind == "web_search_result_location";
        if !of_search && kind != "url_citation" {
            return None;
        }
        let nested = element.member("url_citation").map(|(nested, _)| nested.into_owned());
        let fields = nested.as_ref().unwrap_or(element);
        let own = |name: &str| fields.member(name).map(|(value, _)| value.into_owned());
        let text = |name: &str| own(name).filter(|value| value.kind() == Kind::String);
        let span = if of_search { None } else { Some((own("start_index")?.as_u64()?, own("end_index")?.as_u64()?)) };
        Some(Self { of_search, url: text("url")?, title: text("title").unwrap_or_else(|| RawJson::string("")), span })
    }
}
