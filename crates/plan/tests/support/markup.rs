//! A strict reader of the HTML that pages are written in: every element closed in order, every attribute quoted.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests fail by panicking")]

/// An element as it was opened, with the text directly in it and in what it contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split(' ').any(|known| known == class))
    }
}

/// The elements of a page in the order in which they open; panics where the page is not well formed.
pub fn elements(page: &str) -> Vec<Element> {
    let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
    let (mut found, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        let text = unescaped(&rest[..at]);
        for index in &open {
            found[*index].text.push_str(&text);
        }
        let (tag, after) = rest[at + 1..].split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let opened = open.pop().expect("something is open");
            assert_eq!(found[opened].name, name, "closes what was opened last");
            continue;
        }
        let element = opened(tag);
        let name = element.name.clone();
        found.push(element);
        match name.as_str() {
            "meta" | "input" => {}
            "style" | "script" => {
                let (_, after) = rest.split_once(&format!("</{name}>")).expect("raw text ends");
                rest = after;
            }
            _ => open.push(found.len() - 1),
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "everything is closed: {rest}");
    found
}

fn opened(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "a name: {tag}");
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{tag}");
        let (value, after) = match after.strip_prefix("=\"") {
            Some(after) => after.split_once('"').expect("a quoted value ends"),
            None => ("", after),
        };
        attributes.push((name.to_owned(), unescaped(value)));
        rest = after.trim_start();
    }
    Element { name: name.to_owned(), attributes, text: String::new() }
}

fn unescaped(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'")];
    let plain = entities.iter().fold(text.to_owned(), |text, (entity, char)| text.replace(entity, char));
    assert!(!text.replace("&amp;", "").contains('&') || text.contains(';'), "a stray ampersand: {text}");
    plain.replace("&amp;", "&")
}
