use crate::{Dialect, Family, Kind, ModelId, ModelNames, Provider, ProviderRef, Slug, brand, family, names};

/// What a model string means, as far as the tables and a catalog tell, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolution {
    /// The provider that the string pins, by name or by its dialect's rule for bare names.
    pub provider: Option<Provider>,
    /// The model's family key; `None` when the string names no single model.
    pub family: Option<Family>,
    /// Where the catalog serves the model, the best match first: at the pinned provider, or at every provider.
    pub models: Vec<Listing>,
    /// What the reading rests on, in the order in which it was found.
    pub evidence: Vec<Evidence>,
    /// How far the reading can be trusted: the weakest piece of evidence.
    pub confidence: Confidence,
}

/// One row of a catalog: a provider, and its id for a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a plain pair")]
pub struct Listing {
    /// Who serves it.
    pub provider: Provider,
    /// The id that the provider knows it by.
    pub id: String,
}

/// A fact that a reading rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// The alias table gives the segment to the provider.
    Alias,
    /// Portkey's segment is a name that its user chose, and it happens to be a provider's.
    IntegrationName,
    /// No provider of the dialect has that name.
    UnknownProvider {
        /// The segment as written.
        segment: String,
        /// Whose models it names, when it is an author in a provider's place.
        author: Option<&'static str>,
    },
    /// The id has Bedrock's form, and the dialect takes such ids to Bedrock.
    BedrockForm,
    /// The dialect takes bare names of this brand to the provider.
    BareName,
    /// The catalog knows one provider of the model only.
    OnlyProvider,
    /// The catalog lists the very id.
    ListedId,
    /// The catalog lists other ids of the same family.
    ListedFamily,
    /// The catalog knows the family only without the four digits at the end, which are therefore a date.
    ShortDate,
    /// The catalog knows the model only with `instruct` at its end, or only without.
    Instructed,
    /// The catalog does not list the model, or not at that provider.
    Unlisted,
    /// The gateway chooses the model, or its configuration does.
    NoModel,
}

impl Evidence {
    /// A stable name for logs and records.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::IntegrationName => "integration_name",
            Self::UnknownProvider { .. } => "unknown_provider",
            Self::BedrockForm => "bedrock_form",
            Self::BareName => "bare_name",
            Self::OnlyProvider => "only_provider",
            Self::ListedId => "listed_id",
            Self::ListedFamily => "listed_family",
            Self::ShortDate => "short_date",
            Self::Instructed => "instructed",
            Self::Unlisted => "unlisted",
            Self::NoModel => "no_model",
        }
    }
}

/// How far a reading can be trusted, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a scale: a new step should stop the build of every reader")]
pub enum Confidence {
    /// Neither the tables nor the catalog know it.
    Unknown,
    /// The provider is known and the model is not.
    Guess,
    /// A rule that can be wrong was needed.
    Likely,
    /// Tables and catalog agree.
    Certain,
}

impl Confidence {
    /// A stable name for logs and records.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Guess => "guess",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// Reads what a parsed slug means with the help of a catalog. The entries of a chain or batch resolve one by one
/// ([`Slug::entries`]).
///
/// ```
/// use switchback_slug::{Confidence, Dialect, Family, ModelNames, Provider, parse, resolve};
///
/// struct Nothing;
///
/// impl ModelNames for Nothing {
///     fn ids(&self, _: &Family, _: &Provider) -> Vec<&str> {
///         Vec::new()
///     }
///     fn providers(&self, _: &Family) -> Vec<Provider> {
///         Vec::new()
///     }
/// }
///
/// // LiteLLM takes a bare Gemini name to Vertex, not to AI Studio.
/// let resolution = resolve(&parse(Dialect::LiteLlm, "gemini-2.5-flash"), &Nothing);
/// assert_eq!(resolution.provider, Some(Provider::VERTEX));
/// assert_eq!(resolution.confidence, Confidence::Guess);
/// ```
pub fn resolve(slug: &Slug<'_>, names: &(impl ModelNames + ?Sized)) -> Resolution {
    let mut found = Resolution {
        provider: None,
        family: None,
        models: Vec::new(),
        evidence: Vec::new(),
        confidence: Confidence::Certain,
    };
    if let Some(segment) = slug.provider() {
        found.name_provider(segment);
    }
    if let Kind::Model(_) = slug.kind() {
        let segment_is_unknown = slug.provider().is_some() && found.provider.is_none();
        found.find_model(slug, names, segment_is_unknown);
    } else {
        found.note(Evidence::NoModel, Confidence::Certain);
    }
    found
}

/// The provider that a dialect reads into a string that names none: Bedrock by the id's form, or the home of its brand.
pub(crate) fn implied_provider(slug: &Slug<'_>, family: &Family) -> Option<(Provider, Evidence)> {
    let id = slug.model_id();
    let passes_ids_on = match slug.dialect() {
        Dialect::LiteLlm | Dialect::Portkey | Dialect::Bifrost => true,
        Dialect::Native
        | Dialect::LlmGateway
        | Dialect::HeliconeHosted
        | Dialect::HeliconeAiGateway
        | Dialect::TensorZero
        | Dialect::OpenRouter
        | Dialect::Vercel => false,
    };
    if slug.provider().is_some() || !passes_ids_on {
        return None;
    }
    if id.vendor().is_some() {
        return Some((Provider::BEDROCK, Evidence::BedrockForm));
    }
    if slug.dialect() == Dialect::LiteLlm && id.path().is_empty() {
        return litellm_home(&id, family).map(|provider| (provider, Evidence::BareName));
    }
    None
}

/// Where LiteLLM takes a bare model name.
pub(crate) fn litellm_home(id: &ModelId<'_>, family: &Family) -> Option<Provider> {
    author_of(id, family).and_then(brand::litellm_home)
}

/// Who makes a model: by its brand, or for a fine-tune by its base's.
fn author_of(id: &ModelId<'_>, key: &Family) -> Option<&'static str> {
    if id.is_tuned() { family(id.name()).author() } else { key.author() }
}

impl Resolution {
    fn note(&mut self, evidence: Evidence, confidence: Confidence) {
        self.evidence.push(evidence);
        self.confidence = self.confidence.min(confidence);
    }

    fn name_provider(&mut self, segment: ProviderRef<'_>) {
        self.provider = segment.resolve();
        if self.provider.is_none() {
            let unknown = Evidence::UnknownProvider { segment: segment.as_str().to_owned(), author: segment.author() };
            self.note(unknown, Confidence::Unknown);
        } else if segment.dialect() == Dialect::Portkey {
            self.note(Evidence::IntegrationName, Confidence::Likely);
        } else {
            self.note(Evidence::Alias, Confidence::Certain);
        }
    }

    fn find_model(&mut self, slug: &Slug<'_>, names: &(impl ModelNames + ?Sized), segment_is_unknown: bool) {
        let key = self.known_family(family(slug.model()), names);
        let providers = names.providers(&key);
        if let Some((provider, evidence)) = implied_provider(slug, &key) {
            self.provider = Some(provider);
            self.note(evidence, Confidence::Likely);
        } else if let (Dialect::LiteLlm, None, [only], false) =
            (slug.dialect(), slug.provider(), providers.as_slice(), segment_is_unknown)
        {
            self.provider = Some(only.clone());
            self.note(Evidence::OnlyProvider, Confidence::Likely);
        }
        let asked_of = match &self.provider {
            Some(provider) => vec![provider.clone()],
            None if segment_is_unknown => Vec::new(),
            None => providers,
        };
        for provider in asked_of {
            self.models.extend(listings(slug, &key, provider, names));
        }
        self.family = Some(key);
        let is_exact = self.models.iter().any(|listing| listing.id == slug.model());
        match self.models.as_slice() {
            [] if self.provider.is_none() => self.note(Evidence::Unlisted, Confidence::Unknown),
            [] => self.note(Evidence::Unlisted, Confidence::Guess),
            _ if is_exact => self.note(Evidence::ListedId, Confidence::Certain),
            _ => self.note(Evidence::ListedFamily, Confidence::Certain),
        }
    }

    /// The key, or the nearest one that the catalog knows when it does not know this one.
    fn known_family(&mut self, key: Family, names: &(impl ModelNames + ?Sized)) -> Family {
        if !names.providers(&key).is_empty() {
            return key;
        }
        let undated = key.undated().map(|key| (key, Evidence::ShortDate));
        let others = undated.into_iter().chain([(key.instructed(), Evidence::Instructed)]);
        for (other, evidence) in others {
            if !names.providers(&other).is_empty() {
                self.note(evidence, Confidence::Likely);
                return other;
            }
        }
        key
    }
}

/// A provider's ids for a family, the closest to the asked one first.
fn listings(
    slug: &Slug<'_>,
    family: &Family,
    provider: Provider,
    names: &(impl ModelNames + ?Sized),
) -> impl Iterator<Item = Listing> {
    let mut ids = names.ids(family, &provider);
    let best = names::closest(&ids, &slug.model_id(), slug.region());
    // Stable, so that the rest keeps the catalog's order.
    ids.sort_by_key(|id| (*id != slug.model(), Some(*id) != best));
    ids.into_iter()
        .map(move |id| Listing { provider: provider.clone(), id: id.to_owned() })
        .collect::<Vec<_>>()
        .into_iter()
}
