//! Printing a model string in another dialect.

use crate::{
    Dialect, Family, Kind, ModelId, ModelNames, NoSpelling, Provider, ProviderRef, Slug, aliases, brand, family, names,
    parse, resolve,
};

/// A model string in the target dialect, and what it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Printed {
    /// The string.
    pub text: String,
    /// Whether a catalog lists the model under that name for the target, or the dialect stayed the same. Portkey's
    /// segment is a name that its user chose, so what is printed from or into one is never verified.
    pub verified: bool,
    /// What the source says and the string does not, because the target says it elsewhere or not at all.
    pub beside: Vec<Beside>,
}

/// Something that a source string says and a target string cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Beside {
    /// The target pins providers in another field, under this name.
    Provider(&'static str),
    /// The source leaves the provider open; the target takes the bare name to this one.
    ImpliedProvider(Provider),
    /// The region or geography.
    Region(String),
    /// OpenRouter's variant.
    Variant(String),
    /// The version that the source pins, when the target's name pins another or none.
    Version(String),
    /// The route between provider and model, such as LiteLLM's `converse`.
    Route(String),
    /// What a client appended for itself, such as `1m`.
    Marker(String),
    /// Helicone's deployment.
    Deployment(String),
}

impl Beside {
    /// A stable name for logs and records.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Provider(_) => "provider",
            Self::ImpliedProvider(_) => "implied_provider",
            Self::Region(_) => "region",
            Self::Variant(_) => "variant",
            Self::Version(_) => "version",
            Self::Route(_) => "route",
            Self::Marker(_) => "marker",
            Self::Deployment(_) => "deployment",
        }
    }

    /// What it says, as text.
    pub fn text(&self) -> &str {
        match self {
            Self::Provider(text) => text,
            Self::ImpliedProvider(provider) => provider.as_str(),
            Self::Region(text)
            | Self::Variant(text)
            | Self::Version(text)
            | Self::Route(text)
            | Self::Marker(text)
            | Self::Deployment(text) => text,
        }
    }
}

/// What a dialect's strings can hold.
struct Grammar {
    provider: Slot,
    /// The gateway whose catalog names the models; `None` where the upstream's own ids pass through.
    catalog: Option<Provider>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Optional,
    Required,
    /// Strings name authors; providers stand in another field.
    Elsewhere,
}

/// Prints a slug in another dialect, with the same provider and model, or says why there is no such string. What else
/// it says and the target cannot is in [`Printed::beside`].
///
/// With `names` the model gets the name that the target knows it by; without, or when the catalog does not list it, the
/// name is made by rule and marked unverified. The result is read back before it is returned, so that it never names
/// another provider or model.
///
/// ```
/// use switchback_slug::{Dialect, NoSpelling, Provider, parse, print_in};
///
/// let slug = parse(Dialect::LiteLlm, "vertex_ai/gemini-2.5-flash");
/// let printed = print_in(&slug, Dialect::Portkey, None)?;
/// assert_eq!((printed.text.as_str(), printed.verified), ("@vertex-ai/gemini-2.5-flash", false));
///
/// // Helicone's ai-gateway has Gemini by key only, which is another provider with other data terms.
/// let target = Dialect::HeliconeAiGateway;
/// assert_eq!(print_in(&slug, target, None), Err(NoSpelling::NoProvider { provider: Provider::VERTEX, target }));
/// # Ok::<(), NoSpelling>(())
/// ```
pub fn print_in(slug: &Slug<'_>, target: Dialect, names: Option<&dyn ModelNames>) -> Result<Printed, NoSpelling> {
    if slug.dialect() == target {
        return Ok(Printed { text: slug.to_string(), verified: true, beside: Vec::new() });
    }
    match slug.kind() {
        Kind::Auto => auto(target),
        Kind::Custom | Kind::Dynamic { .. } | Kind::Function { .. } => {
            Err(NoSpelling::Configured { text: slug.to_string(), source_dialect: slug.dialect() })
        }
        Kind::Chain | Kind::Batch => Err(NoSpelling::NoList { target }),
        Kind::Ignore { .. } => Err(NoSpelling::NoExclusion { target }),
        Kind::Wildcard(_) => Err(NoSpelling::NoWildcard { target }),
        Kind::Model(_) => Draft::new(slug, target, names)?.print(),
    }
}

fn auto(target: Dialect) -> Result<Printed, NoSpelling> {
    let text = match target {
        Dialect::Native | Dialect::LlmGateway => "auto",
        Dialect::OpenRouter => "openrouter/auto",
        Dialect::LiteLlm
        | Dialect::Portkey
        | Dialect::HeliconeHosted
        | Dialect::HeliconeAiGateway
        | Dialect::TensorZero
        | Dialect::Vercel
        | Dialect::Bifrost => return Err(NoSpelling::NoAuto { target }),
    };
    Ok(Printed { text: text.to_owned(), verified: true, beside: Vec::new() })
}

const fn grammar(dialect: Dialect) -> Grammar {
    let (provider, catalog) = match dialect {
        Dialect::Native => (Slot::Optional, Some(Provider::CONCENTRATE)),
        Dialect::LlmGateway => (Slot::Optional, Some(Provider::LLMGATEWAY)),
        Dialect::HeliconeHosted => (Slot::Optional, Some(Provider::HELICONE)),
        Dialect::OpenRouter => (Slot::Elsewhere, Some(Provider::OPENROUTER)),
        Dialect::Vercel => (Slot::Elsewhere, Some(Provider::VERCEL)),
        Dialect::LiteLlm | Dialect::Portkey | Dialect::Bifrost => (Slot::Optional, None),
        Dialect::HeliconeAiGateway | Dialect::TensorZero => (Slot::Required, None),
    };
    Grammar { provider, catalog }
}

/// A string in the making.
struct Draft<'s, 'a> {
    slug: &'s Slug<'a>,
    target: Dialect,
    names: Option<&'s dyn ModelNames>,
    grammar: Grammar,
    id: ModelId<'a>,
    family: Family,
    provider: Option<Provider>,
    beside: Vec<Beside>,
}

impl<'s, 'a> Draft<'s, 'a> {
    fn new(slug: &'s Slug<'a>, target: Dialect, names: Option<&'s dyn ModelNames>) -> Result<Self, NoSpelling> {
        if slug.model().is_empty() {
            return Err(NoSpelling::NoModel);
        }
        let family = family(slug.model());
        let provider = match slug.provider() {
            Some(segment) => Some(
                segment
                    .resolve()
                    .ok_or_else(|| NoSpelling::UnknownProvider { segment: segment.as_str().to_owned() })?,
            ),
            None => resolve::implied_provider(slug, &family).map(|(provider, _)| provider),
        };
        // LiteLLM wants its own providers in front; another prefix is a provider that nobody knows.
        let is_prefixed = slug.dialect() == Dialect::LiteLlm && provider.is_none();
        if let Some((segment, _)) = slug.model().split_once('/').filter(|_| is_prefixed) {
            return Err(NoSpelling::UnknownProvider { segment: segment.to_owned() });
        }
        let (grammar, id) = (grammar(target), slug.model_id());
        Ok(Self { slug, target, names, grammar, id, family, provider, beside: Vec::new() })
    }

    fn print(mut self) -> Result<Printed, NoSpelling> {
        let spelling = self.provider_spelling()?;
        let (model, is_listed) = self.model_name()?;
        let route = self.route();
        let region = self.region(&model);
        self.note_losses(&model);
        let text = self.assemble(spelling, route, &model, region.as_deref());
        self.check(&text)?;
        let from_chosen_name = self.slug.dialect() == Dialect::Portkey && self.slug.provider().is_some();
        let into_chosen_name = self.target == Dialect::Portkey && spelling.is_some();
        let verified = is_listed && !from_chosen_name && !into_chosen_name;
        Ok(Printed { text, verified, beside: self.beside })
    }

    /// The target's name for the provider, when its strings hold one.
    fn provider_spelling(&mut self) -> Result<Option<&'static str>, NoSpelling> {
        let target = self.target;
        let Some(provider) = &self.provider else {
            if self.grammar.provider == Slot::Required {
                return Err(NoSpelling::ProviderRequired { target, home: self.family.home() });
            }
            if target == Dialect::LiteLlm {
                let home = resolve::litellm_home(&self.id, &self.family);
                let home = home.ok_or_else(|| NoSpelling::ProviderRequired { target, home: self.family.home() })?;
                self.beside.push(Beside::ImpliedProvider(home));
            }
            return Ok(None);
        };
        let spelling = aliases::spelling(target, provider, self.family.brand())
            .ok_or_else(|| NoSpelling::NoProvider { provider: provider.clone(), target })?;
        if self.grammar.provider == Slot::Elsewhere {
            self.beside.push(Beside::Provider(spelling));
            return Ok(None);
        }
        Ok(Some(spelling))
    }

    /// The target's name for the model, and whether a catalog lists it.
    fn model_name(&self) -> Result<(String, bool), NoSpelling> {
        let source_passes_ids_on = grammar(self.slug.dialect()).catalog.is_none();
        let lister = self.grammar.catalog.as_ref().or(self.provider.as_ref());
        if self.grammar.catalog.is_none() && source_passes_ids_on {
            let is_listed =
                lister.zip(self.names).is_some_and(|(lister, names)| names.lists(lister, self.slug.model()));
            return Ok((self.slug.model().to_owned(), is_listed));
        }
        if self.id.is_opaque() {
            return Err(NoSpelling::Opaque { model: self.slug.model().to_owned() });
        }
        let ids = lister.zip(self.names).map(|(lister, names)| names.ids(&self.family, lister)).unwrap_or_default();
        match names::closest(&ids, &self.id, self.slug.region()) {
            Some(id) => Ok((id.to_owned(), true)),
            None => Ok((self.made_up_name()?, false)),
        }
    }

    /// A name by rule: the model's own name without geography, vendor, date and revision, behind the author where the
    /// target names authors.
    fn made_up_name(&self) -> Result<String, NoSpelling> {
        let names_authors = self.grammar.provider == Slot::Elsewhere;
        if self.grammar.catalog.is_none() || (self.id.is_tuned() && !names_authors) {
            let marker = self.id.marker().map(|marker| format!("[{marker}]")).unwrap_or_default();
            let model = self.slug.model();
            return Ok(model.strip_suffix(&marker).unwrap_or(model).to_owned());
        }
        let name = self.plain_name();
        if !names_authors {
            return Ok(name);
        }
        let author = self.family.author().or_else(|| self.slug.author().and_then(brand::author_of_segment));
        match author.and_then(|author| brand::author_spelling(author, self.target)) {
            Some(author) => Ok(format!("{author}/{}", dotted(&name))),
            None => Err(NoSpelling::NoAuthor { model: self.slug.model().to_owned(), target: self.target }),
        }
    }

    /// The name in the letters that gateways' catalogs use, or the family key where the name alone would not say which
    /// model it is (`v3.2` behind Bedrock's `deepseek.`).
    fn plain_name(&self) -> String {
        let name: String = self.id.name().chars().map(|c| if matches!(c, '_' | ' ' | ':') { '-' } else { c }).collect();
        let mut name = name.to_lowercase();
        if family(&name) != self.family {
            name = self.family.to_string();
        }
        // A moving alias is a name of its own.
        if self.id.version() == Some("latest") { name + "-latest" } else { name }
    }

    /// The route, where source and target share it; else it is noted.
    fn route(&mut self) -> Option<&'a str> {
        let settings = self.slug.settings().map(|settings| Beside::Route(settings.to_owned()));
        self.beside.extend(settings);
        let route = self.slug.route()?;
        let is_shared = route == "responses"
            && self.provider == Some(Provider::OPENAI)
            && matches!(self.target, Dialect::LiteLlm | Dialect::TensorZero);
        if is_shared {
            return Some(route);
        }
        let rest: Vec<&str> = route.split('/').filter(|segment| Some(*segment) != self.slug.region()).collect();
        if !rest.is_empty() {
            self.beside.push(Beside::Route(rest.join("/")));
        }
        None
    }

    /// The region as a suffix, where the target has one; what the model's name does not say already is noted.
    fn region(&mut self, model: &str) -> Option<String> {
        let region = self.slug.region().filter(|region| ModelId::parse(model).region() != Some(region))?;
        // LLM Gateway's catalog has regions for these two.
        let has_regions =
            [Provider::BEDROCK, Provider::DASHSCOPE].iter().any(|known| Some(known) == self.provider.as_ref());
        if self.target == Dialect::LlmGateway && has_regions {
            return Some(region.to_owned());
        }
        self.beside.push(Beside::Region(region.to_owned()));
        None
    }

    fn note_losses(&mut self, model: &str) {
        let printed = ModelId::parse(model);
        if let Some(version) = self.slug.version().filter(|_| !names::same_version(&printed, &self.id)) {
            self.beside.push(Beside::Version(version.to_owned()));
        }
        if let Some(variant) = self.slug.variant().filter(|variant| printed.variant() != Some(variant)) {
            self.beside.push(Beside::Variant(variant.to_owned()));
        }
        if let Some(marker) = self.id.marker().filter(|_| printed.marker().is_none()) {
            self.beside.push(Beside::Marker(marker.to_owned()));
        }
        if let Some(deployment) = self.slug.deployment() {
            self.beside.push(Beside::Deployment(deployment.to_owned()));
        }
    }

    fn assemble(&self, provider: Option<&str>, route: Option<&str>, model: &str, region: Option<&str>) -> String {
        let region = region.map(|region| format!(":{region}")).unwrap_or_default();
        match (self.target, provider) {
            (Dialect::TensorZero, Some(provider)) => {
                let route = route.map(|route| format!("{route}::")).unwrap_or_default();
                format!("tensorzero::model_name::{provider}::{route}{model}")
            }
            (Dialect::HeliconeHosted, Some(provider)) => format!("{model}/{provider}"),
            (Dialect::Portkey, Some(provider)) => format!("@{provider}/{model}"),
            (_, Some(provider)) => {
                let route = route.map(|route| format!("{route}/")).unwrap_or_default();
                format!("{provider}/{route}{model}{region}")
            }
            (_, None) => format!("{model}{region}"),
        }
    }

    /// Reads the result back: it has to name the same provider and model.
    fn check(&self, text: &str) -> Result<(), NoSpelling> {
        let back = parse(self.target, text);
        let said = self.provider.as_ref().filter(|_| self.grammar.provider != Slot::Elsewhere);
        let same_provider = back.provider().map(ProviderRef::resolve) == said.map(|provider| Some(provider.clone()));
        let is_model = matches!(back.kind(), Kind::Model(_));
        if is_model && same_provider && family(back.model()) == self.family {
            return Ok(());
        }
        Err(NoSpelling::Ambiguous { text: text.to_owned(), target: self.target })
    }
}

/// OpenRouter and Vercel write versions with a dot: `claude-haiku-4.5`, `kimi-k2.5`.
fn dotted(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for word in name.split('-') {
        let is_minor = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit());
        let after_major = ends_in_one_digit(text.rsplit('-').next().unwrap_or_default());
        if !text.is_empty() {
            text.push(if is_minor && after_major { '.' } else { '-' });
        }
        text.push_str(word);
    }
    text
}

/// `4`, `k2`, `qwen3`, but not `4.1`, `32`, `4o`.
fn ends_in_one_digit(word: &str) -> bool {
    let mut last = word.bytes().rev();
    last.next().is_some_and(|byte| byte.is_ascii_digit())
        && !word.contains('.')
        && !last.next().is_some_and(|byte| byte.is_ascii_digit())
}
