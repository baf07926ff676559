use crate::{Dialect, Family, ModelId, Pattern, ProviderRef, family, parse};

/// A model string taken apart, borrowed from its input. Made by [`crate::parse`]; printing it gives the input back byte
/// for byte.
///
/// ```
/// use switchback_slug::{Dialect, parse};
///
/// let slug = parse(Dialect::LlmGateway, "alibaba/deepseek-v3.2:cn-beijing");
/// assert_eq!(slug.provider().map(|provider| provider.as_str()), Some("alibaba"));
/// assert_eq!(slug.model(), "deepseek-v3.2");
/// assert_eq!(slug.region(), Some("cn-beijing"));
/// assert_eq!(slug.to_string(), slug.input());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slug<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) input: &'a str,
    /// White space around an entry of a chain.
    pub(crate) padding: (&'a str, &'a str),
    pub(crate) kind: Kind<'a>,
}

/// What a model string asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a new kind of request should stop the build of every reader")]
pub enum Kind<'a> {
    /// Any model that the gateway chooses: `auto`, OpenRouter's `openrouter/auto`.
    Auto,
    /// LLM Gateway's `custom`: the caller's own endpoint.
    Custom,
    /// LLM Gateway's `dynamic/name`: a route configured there.
    Dynamic {
        /// The route's name.
        name: &'a str,
    },
    /// One model, perhaps at a named provider.
    Model(ModelRef<'a>),
    /// A LiteLLM wildcard; [`Slug::pattern`] matches with it.
    Wildcard(ModelRef<'a>),
    /// Helicone's `a,b`: each entry is tried in order; [`Slug::entries`] walks them.
    Chain,
    /// LiteLLM's `a,b`: every entry is asked at once, which is no fallback; [`Slug::entries`] walks them.
    Batch,
    /// Helicone's `!provider`: an entry of a chain that rules a provider out.
    Ignore {
        /// The provider not to use.
        provider: ProviderRef<'a>,
    },
    /// A TensorZero function, which has models of its own.
    Function {
        /// The function's name.
        name: &'a str,
        /// The variant, which answers name and requests do not.
        variant: Option<&'a str>,
    },
}

/// One model as a string names it: the pieces that the dialects know, each as written. [`Slug`] has their accessors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModelRef<'a> {
    /// What stands before everything else: `tensorzero::model_name::`, `@`, `~`, `1024-x-1024/50-steps/`.
    pub(crate) prefix: &'a str,
    pub(crate) provider: Option<ProviderRef<'a>>,
    pub(crate) author: Option<&'a str>,
    /// Segments between provider and model: `converse`, `us-east-1/6-month-commitment`, `responses`.
    pub(crate) route: Option<&'a str>,
    pub(crate) model: &'a str,
    pub(crate) region: Option<&'a str>,
    pub(crate) variant: Option<&'a str>,
    /// Helicone's third part, TensorZero's `provider_name`.
    pub(crate) deployment: Option<&'a str>,
}

impl<'a> Slug<'a> {
    /// The grammar that it was read with.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The string that was read.
    pub const fn input(&self) -> &'a str {
        self.input
    }

    /// What it asks for.
    pub const fn kind(&self) -> Kind<'a> {
        self.kind
    }

    /// Whether the gateway is to choose the model.
    pub const fn is_auto(&self) -> bool {
        matches!(self.kind, Kind::Auto)
    }

    /// The segment that names a provider, if there is one. Whether it is a provider at all is for
    /// [`ProviderRef::resolve`] to say.
    pub const fn provider(&self) -> Option<ProviderRef<'a>> {
        match self.kind {
            Kind::Model(model) | Kind::Wildcard(model) => model.provider,
            Kind::Ignore { provider } => Some(provider),
            Kind::Auto | Kind::Custom | Kind::Dynamic { .. } | Kind::Chain | Kind::Batch | Kind::Function { .. } => {
                None
            }
        }
    }

    /// Who made the model, where the dialect names the author in the provider's place (OpenRouter, Vercel).
    pub const fn author(&self) -> Option<&'a str> {
        match self.model_ref() {
            Some(model) => model.author,
            None => None,
        }
    }

    /// The model as the dialect names it, or the upstream's own id where the dialect passes that on. Empty when no
    /// single model is named, and for Bifrost's `provider/`, which keeps the request's model.
    pub const fn model(&self) -> &'a str {
        match self.model_ref() {
            Some(model) => model.model,
            None => "",
        }
    }

    /// The model's id taken apart further: Bedrock's geography, dates, Vertex's `@version`, fine-tunes.
    pub fn model_id(&self) -> ModelId<'a> {
        ModelId::parse(self.model())
    }

    /// The family key of the model, when the string names one.
    ///
    /// ```
    /// use switchback_slug::{Dialect, parse};
    ///
    /// let key = |dialect, text| parse(dialect, text).family();
    /// assert_eq!(key(Dialect::OpenRouter, "openai/gpt-4o:floor"), key(Dialect::HeliconeHosted, "gpt-4o/azure"));
    /// assert_eq!(key(Dialect::Native, "auto"), None);
    /// ```
    pub fn family(&self) -> Option<Family> {
        Some(self.model()).filter(|model| !model.is_empty()).map(family)
    }

    /// LiteLLM's image settings in front of everything else: `1024-x-1024/50-steps`.
    pub fn settings(&self) -> Option<&'a str> {
        let is_price_key = self.dialect == Dialect::LiteLlm;
        self.model_ref()?.prefix.strip_suffix('/').filter(|_| is_price_key)
    }

    /// The segments between provider and model, such as LiteLLM's `converse` or `us-east-1/6-month-commitment`.
    pub const fn route(&self) -> Option<&'a str> {
        match self.model_ref() {
            Some(model) => model.route,
            None => None,
        }
    }

    /// The region that the string asks for: LLM Gateway's suffix, LiteLLM's segment, the location in a Vertex path or
    /// an ARN, or the geography before a Bedrock id.
    pub fn region(&self) -> Option<&'a str> {
        let model = self.model_ref()?;
        let in_route = || model.route?.split('/').find(|segment| parse::is_region(segment));
        model.region.or_else(in_route).or_else(|| self.model_id().region())
    }

    /// OpenRouter's variant, such as `free` or `nitro`.
    pub fn variant(&self) -> Option<&'a str> {
        self.model_ref()?.variant.or_else(|| self.model_id().variant())
    }

    /// The version that the model's id pins: a date, Vertex's `@001`, `latest`.
    pub fn version(&self) -> Option<&'a str> {
        self.model_id().version()
    }

    /// Helicone's deployment, or the provider that TensorZero's answers name.
    pub const fn deployment(&self) -> Option<&'a str> {
        match self.model_ref() {
            Some(model) => model.deployment,
            None => None,
        }
    }

    /// The wildcard, if it is one.
    pub const fn pattern(&self) -> Option<Pattern<'a>> {
        if let Kind::Wildcard(_) = self.kind { Some(Pattern::new(self.input)) } else { None }
    }

    /// The entries of a chain or batch in order; anything else is its own single entry.
    ///
    /// ```
    /// use switchback_slug::{Dialect, Kind, parse};
    ///
    /// let chain = parse(Dialect::HeliconeHosted, "!openai,gpt-4o-mini");
    /// let entries: Vec<_> = chain.entries().collect();
    /// assert!(matches!(entries[0].kind(), Kind::Ignore { provider } if provider.as_str() == "openai"));
    /// assert_eq!(entries[1].model(), "gpt-4o-mini");
    /// ```
    pub fn entries(&self) -> impl Iterator<Item = Slug<'a>> + use<'a> {
        let (dialect, is_list) = (self.dialect, matches!(self.kind, Kind::Chain | Kind::Batch));
        let single = (!is_list).then_some(*self);
        let listed = is_list.then(|| self.input.split(',').map(move |entry| parse::entry(dialect, entry)));
        single.into_iter().chain(listed.into_iter().flatten())
    }

    pub(crate) const fn model_ref(&self) -> Option<ModelRef<'a>> {
        match self.kind {
            Kind::Model(model) | Kind::Wildcard(model) => Some(model),
            Kind::Auto
            | Kind::Custom
            | Kind::Dynamic { .. }
            | Kind::Chain
            | Kind::Batch
            | Kind::Ignore { .. }
            | Kind::Function { .. } => None,
        }
    }
}
