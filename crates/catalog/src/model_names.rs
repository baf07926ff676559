//! What the slug crate asks of a catalog to resolve and to print model strings.

use std::cmp::Reverse;

use switchback_slug::{Family, ModelId, ModelNames, Provider};

use crate::{Catalog, Endpoint, Operation, Status};

impl ModelNames for Catalog {
    /// Chat models only. Ids that are paid by use come before others, then live ones before deprecated ones, then ids
    /// without a region, a version and a variant, then the shortest, then byte order.
    fn ids(&self, family: &Family, provider: &Provider) -> Vec<&str> {
        let at =
            |endpoint: &&Endpoint| endpoint.provider() == provider.as_str() && endpoint.operation() == Operation::Chat;
        let mut endpoints: Vec<&Endpoint> = self.by_family(family.as_str()).filter(at).collect();
        endpoints.sort_by_key(|endpoint| {
            let id = ModelId::parse(endpoint.upstream_id());
            let withdrawn = endpoint.row().status == Some(Status::Deprecated) || endpoint.row().deprecated.is_some();
            let plain = [id.region().is_some(), id.version().is_some(), id.variant().is_some()];
            let len = endpoint.upstream_id().len();
            (Reverse(endpoint.is_metered_chat()), withdrawn, plain, len, endpoint.upstream_id())
        });
        let mut ids: Vec<&str> = endpoints.into_iter().map(Endpoint::upstream_id).collect();
        ids.dedup();
        ids
    }

    /// In byte order of the canonical ids.
    fn providers(&self, family: &Family) -> Vec<Provider> {
        let chat = self.by_family(family.as_str()).filter(|endpoint| endpoint.operation() == Operation::Chat);
        let mut providers: Vec<&str> = chat.map(Endpoint::provider).collect();
        // Endpoints are ordered by provider first.
        providers.dedup();
        providers.into_iter().map(Provider::from).collect()
    }

    /// By the exact id, whatever its family.
    fn lists(&self, provider: &Provider, id: &str) -> bool {
        self.by_upstream_id(id).any(|endpoint| endpoint.provider() == provider.as_str())
    }
}
