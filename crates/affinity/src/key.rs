use std::fmt;

/// The secret that affinity keys are made with: without it nobody can tell whose key a hash is.
///
/// It has to be the same on all replicas of a gateway, and may change at the price of cold caches.
#[derive(Clone, Copy)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A secret of 32 bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// What one tenant's prompts are hashed with: made of the [`Secret`] and the tenant's name, and to be kept while there is
/// memory for it, since it takes longer to make than a short prompt to hash.
#[derive(Clone)]
pub struct PromptKey {
    pub(crate) secret: [u8; 192],
    /// Odd, so that multiplying loses nothing.
    pub(crate) multiplier: u128,
    pub(crate) start: u128,
}

impl Secret {
    /// The key of a tenant's prompts: keyed BLAKE3 over the tenant's name, as far as it is wanted.
    pub fn prompts_of(&self, tenant: &[u8]) -> PromptKey {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        // An affinity key begins with the length of its tenant's name, which is never this.
        hasher.update(&u64::MAX.to_le_bytes());
        hasher.update(tenant);
        let mut output = hasher.finalize_xof();
        let (mut secret, mut multiplier, mut start) = ([0; 192], [0; 16], [0; 16]);
        for part in [secret.as_mut_slice(), &mut multiplier, &mut start] {
            output.fill(part);
        }
        PromptKey { secret, multiplier: u128::from_le_bytes(multiplier) | 1, start: u128::from_le_bytes(start) }
    }
}

impl fmt::Debug for PromptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PromptKey(..)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What a key can be made of, the best first. Each is optional; none of it is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seeds<'a> {
    /// Whose request it is: keys of two tenants never meet.
    pub tenant: &'a [u8],
    /// The model's family: a cache serves one model.
    pub model: &'a str,
    /// `prompt_cache_key` of the request.
    pub prompt_cache_key: Option<&'a [u8]>,
    /// A session header that the gateway chose to read.
    pub session: Option<&'a [u8]>,
    /// The conversation or the previous response that the request goes on from.
    pub conversation: Option<&'a [u8]>,
    /// `metadata.user_id` of Messages, `safety_identifier` or `user` of the others.
    pub user: Option<&'a [u8]>,
    /// The fingerprint of tools, instructions and first user turn, where that is long enough to be cached.
    pub prefix: Option<u128>,
    /// The id of the caller's API key: many conversations share it.
    pub api_key: Option<&'a [u8]>,
}

/// What a key was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SeedSource {
    /// `prompt_cache_key`.
    PromptCacheKey,
    /// A session header.
    Session,
    /// A conversation or previous response.
    Conversation,
    /// The end user.
    User,
    /// What the conversation begins with.
    Prefix,
    /// The caller's API key.
    ApiKey,
}

impl SeedSource {
    /// A stable `snake_case` name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PromptCacheKey => "prompt_cache_key",
            Self::Session => "session",
            Self::Conversation => "conversation",
            Self::User => "user",
            Self::Prefix => "prefix",
            Self::ApiKey => "api_key",
        }
    }
}

/// What a conversation is told from others by: a keyed hash, and what it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AffinityKey {
    hash: u128,
    source: SeedSource,
}

impl AffinityKey {
    /// The key of a request, from the best of its seeds; none without any.
    ///
    /// The hash is keyed BLAKE3 over tenant, model, source and seed, each with its length, cut to 128 bits: another
    /// tenant's equal seed gives another key.
    ///
    /// ```
    /// use switchback_affinity::{AffinityKey, Secret, SeedSource, Seeds};
    /// let secret = Secret::new([7; 32]);
    /// let seeds = Seeds { tenant: b"a", api_key: Some(b"k1"), user: Some(b"u1"), ..Seeds::default() };
    /// let key = AffinityKey::of(&seeds, &secret).unwrap();
    /// assert_eq!(key.source(), SeedSource::User);
    /// assert_ne!(AffinityKey::of(&Seeds { tenant: b"b", ..seeds }, &secret).unwrap().hash(), key.hash());
    /// assert_eq!(AffinityKey::of(&Seeds::default(), &secret), None);
    /// ```
    pub fn of(seeds: &Seeds<'_>, secret: &Secret) -> Option<Self> {
        let prefix = seeds.prefix.map(u128::to_le_bytes);
        let best = [
            (seeds.prompt_cache_key, SeedSource::PromptCacheKey),
            (seeds.session, SeedSource::Session),
            (seeds.conversation, SeedSource::Conversation),
            (seeds.user, SeedSource::User),
            (prefix.as_ref().map(<[u8; 16]>::as_slice), SeedSource::Prefix),
            (seeds.api_key, SeedSource::ApiKey),
        ];
        let (seed, source) =
            best.into_iter().find_map(|(seed, source)| Some((seed.filter(|s| !s.is_empty())?, source)))?;
        let mut hasher = blake3::Hasher::new_keyed(&secret.0);
        for field in [seeds.tenant, seeds.model.as_bytes(), &[source as u8], seed] {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field);
        }
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        Some(Self { hash: u128::from_le_bytes(bytes), source })
    }

    /// The hash.
    pub const fn hash(self) -> u128 {
        self.hash
    }

    /// What it was made of.
    pub const fn source(self) -> SeedSource {
        self.source
    }

    /// What the conversation is routed by: the hash, and once a `slot` says that the key is hot ([`derived`](crate::derived))
    /// the hash of what the conversation begins with beside it, since such a key tells conversations apart no longer.
    pub const fn routed_by(self, slot: Option<u32>, opening: u128) -> u128 {
        match slot {
            None => self.hash,
            Some(_) => self.hash ^ opening,
        }
    }

    /// The `prompt_cache_key` to send upstream, instead of anything that the client wrote: 32 hexadecimal digits, and
    /// with a `slot` its number, at most 43 characters of the 64 that vendors take.
    ///
    /// ```
    /// # use switchback_affinity::{AffinityKey, Secret, Seeds};
    /// let seeds = Seeds { session: Some(b"s"), ..Seeds::default() };
    /// let key = AffinityKey::of(&seeds, &Secret::new([0; 32])).unwrap();
    /// assert_eq!(key.upstream(None).len(), 32);
    /// assert!(key.upstream(Some(3)).ends_with("-3"));
    /// ```
    pub fn upstream(self, slot: Option<u32>) -> String {
        match slot {
            None => format!("{:032x}", self.hash),
            Some(slot) => format!("{:032x}-{slot}", self.hash),
        }
    }
}
