//! Printing a slug from its parts, so that the law "printing gives the input back" proves that parsing lost nothing.

use core::fmt;

use crate::{Dialect, Kind, ProviderRef, Slug, slug::ModelRef};

impl fmt::Display for Slug<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.padding.0)?;
        match self.kind {
            Kind::Auto if self.dialect == Dialect::OpenRouter => f.write_str("openrouter/auto"),
            Kind::Auto => f.write_str("auto"),
            Kind::Custom => f.write_str("custom"),
            Kind::Dynamic { name } => write!(f, "dynamic/{name}"),
            Kind::Model(model) | Kind::Wildcard(model) => print_model(f, self.dialect, &model),
            Kind::Chain | Kind::Batch => print_list(f, self),
            Kind::Ignore { provider } => write!(f, "!{provider}"),
            Kind::Function { name, variant: None } => write!(f, "tensorzero::function_name::{name}"),
            Kind::Function { name, variant: Some(variant) } => {
                write!(f, "tensorzero::function_name::{name}::variant_name::{variant}")
            }
        }?;
        f.write_str(self.padding.1)
    }
}

fn print_list(f: &mut fmt::Formatter<'_>, slug: &Slug<'_>) -> fmt::Result {
    for (index, entry) in slug.entries().enumerate() {
        if index > 0 {
            f.write_str(",")?;
        }
        write!(f, "{entry}")?;
    }
    Ok(())
}

fn print_model(f: &mut fmt::Formatter<'_>, dialect: Dialect, model: &ModelRef<'_>) -> fmt::Result {
    let model_first = dialect == Dialect::HeliconeHosted;
    let separator = if dialect == Dialect::TensorZero { "::" } else { "/" };
    f.write_str(model.prefix)?;
    if !model_first {
        let before = [model.provider.map(ProviderRef::as_str), model.author, model.route];
        for segment in before.into_iter().flatten() {
            write!(f, "{segment}{separator}")?;
        }
    }
    f.write_str(model.model)?;
    if model_first && let Some(provider) = model.provider {
        write!(f, "/{provider}")?;
    }
    for suffix in [model.region, model.variant].into_iter().flatten() {
        write!(f, ":{suffix}")?;
    }
    match model.deployment {
        Some(deployment) if dialect == Dialect::TensorZero => write!(f, "::provider_name::{deployment}"),
        Some(deployment) => write!(f, "/{deployment}"),
        None => Ok(()),
    }
}
