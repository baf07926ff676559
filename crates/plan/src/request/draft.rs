use switchback_slug::{Beside, Dialect};

use super::body::Node;
use super::{Carried, Entry, ReadAs, UnreadableRouting, provider};
use crate::policy::{Order, Overlay, Route, Selector, Settings, Sort};

type Read<T> = Result<T, UnreadableRouting>;

/// What was read so far of a request's routing.
pub(crate) struct Draft {
    pub(crate) reading: ReadAs,
    pub(crate) dialect: Dialect,
    pub(crate) overlay: Overlay,
    /// What holds for the request's own models beside the overlay: a second list that an endpoint must be in.
    pub(crate) inner: Settings,
    pub(crate) entries: Vec<Entry>,
}

impl Draft {
    pub(crate) fn new(dialect: Dialect, reading: ReadAs) -> Self {
        let (overlay, inner) = (Overlay::default(), Settings::default());
        Self { reading, dialect, overlay, inner, entries: Vec::new() }
    }

    pub(crate) fn settings(&mut self) -> &mut Settings {
        &mut self.overlay.settings
    }

    pub(crate) fn exact(&mut self, path: &str, becomes: impl Into<String>) {
        self.entry(path, Carried::Exact, becomes, "");
    }

    pub(crate) fn approximate(&mut self, path: &str, becomes: impl Into<String>, why: impl Into<String>) {
        self.entry(path, Carried::Approximate, becomes, why);
    }

    pub(crate) fn nothing(&mut self, path: &str, why: impl Into<String>) {
        self.entry(path, Carried::Nothing, "", why);
    }

    fn entry(&mut self, path: &str, carried: Carried, becomes: impl Into<String>, why: impl Into<String>) {
        self.entries.push(Entry { path: path.to_owned(), carried, becomes: becomes.into(), why: why.into() });
    }

    /// An entry for each member of an object that is none of `known`.
    pub(crate) fn strangers(&mut self, object: &Node<'_>, known: &[&str]) -> Read<()> {
        for (path, near) in object.strangers(known)? {
            let hint = near.map_or_else(|| format!("known are {}", known.join(", ")), |near| did_you_mean(&near));
            self.nothing(&path, format!("unknown member; {hint}"));
        }
        Ok(())
    }

    /// The sort, with its entry.
    pub(crate) fn sort(&mut self, path: &str, sort: Sort, why: &str) {
        self.settings().sort = Some(sort);
        let becomes = format!("sort = {sort}");
        if why.is_empty() { self.exact(path, becomes) } else { self.approximate(path, becomes, why) }
    }

    /// Reads a list of providers, which become `what`.
    pub(crate) fn providers(&mut self, list: &Node<'_>, what: &str) -> Read<Vec<Selector>> {
        let mut selectors = Vec::new();
        let mut lacking = Vec::new();
        for (path, text) in list.texts()? {
            let named = provider::named(self.dialect, &path, text)?;
            lacking.extend(named.lacks);
            selectors.push(named.selector);
        }
        let names: Vec<String> = selectors.iter().map(ToString::to_string).collect();
        let becomes = format!("{what} = {}", names.join(", "));
        if lacking.is_empty() {
            self.exact(&list.path, becomes);
        } else {
            self.approximate(&list.path, becomes, lacking.join("; "));
        }
        Ok(selectors)
    }

    /// The route to a model as the dialect spells it; the request's own is `$model` where it needs no other spelling.
    pub(crate) fn route(&mut self, path: &str, text: &str, is_own: bool) -> Route {
        let (model, beside) = provider::model(self.dialect, text);
        let mut route = Route::model(if is_own && model == text { "$model" } else { model.as_str() });
        if model != text {
            self.exact(path, format!("model = {model}"));
        }
        for beside in beside {
            if let Beside::Region(region) = beside {
                self.exact(path, format!("require.regions = {region}"));
                route.settings.rules.require.regions = vec![region];
            } else if let Beside::Variant(variant) = beside {
                self.variant(path, &variant, &mut route.settings);
            } else if !matches!(beside, Beside::Provider(_) | Beside::ImpliedProvider(_) | Beside::Version(_)) {
                // Versions and providers stand in native strings.
                self.nothing(path, format!("`{}` has no equivalent", crate::quote::Quoted(beside.text())));
            }
        }
        route
    }

    /// Makes the chain of these the request's route. One that says nothing of its own leaves it as it is.
    pub(crate) fn finish(mut self, mut routes: Vec<Route>) -> (Overlay, Vec<Entry>) {
        let is_plain = routes.len() == 1 && routes.first() == Some(&Route::model("$model"));
        if !is_plain || self.inner != Settings::default() {
            let mut route = if routes.len() == 1 { routes.remove(0) } else { Route::chain(routes) };
            if self.inner != Settings::default() {
                route = Route { settings: self.inner, ..Route::chain([route]) };
            }
            self.overlay.route = Some(route);
        }
        (self.overlay, self.entries)
    }
}

pub(crate) const fn by_cost() -> Sort {
    Sort::by(Order::Cost)
}

fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}
