//! What a request shows of permission: a signature, or that it asks for nothing but what the endpoint itself stored.
//!
//! Judged for every request on its own. What requests share, an original on its way, carries the mark of a private file
//! and no permission, so that nobody gets in on the signature of another.

mod media_kind;

pub(crate) use self::media_kind::is_video;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use imgplane_config::{EndpointConfig, RestrictUnsigned, Restriction, SigningKeys};
use imgplane_urls::{Clock, Plan, Route, SigningKey, Suffix, Target, Verdict, verify};

use crate::cache_control::{CacheControl, Stale};

/// What a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    signed: bool,
    /// Seconds until the signature ends.
    seconds_left: Option<u64>,
    /// It asks for named transformations and nothing else.
    named: bool,
}

/// Why a request is answered 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthorized {
    /// The signature is missing where one is needed, or is not right.
    Signature {
        /// What is wrong with it.
        verdict: Verdict,
        /// How many keys could have made it.
        keys: usize,
    },
    /// The file is private, and the request shows no permission.
    Private,
    /// The file is private and nothing is made of it: a named transformation does not open the original.
    PrivateOriginal,
}

impl Unauthorized {
    /// One sentence in ASCII, for `ik-error`.
    pub fn message(self) -> &'static str {
        match self {
            Self::Private => "This file needs a signed URL or a named transformation",
            Self::PrivateOriginal => "This file is not transformed, and as it is it needs a signed URL",
            Self::Signature { verdict: Verdict::Invalid, keys: 0 } => {
                "This URL endpoint has no signing keys, so no signature (ik-s) is valid"
            }
            Self::Signature { verdict, .. } => verdict.message().unwrap_or_default(),
        }
    }
}

/// The keys that an endpoint lists. A record may be older than the settings, and hold one that is listed no more.
pub fn signing_keys(config: &EndpointConfig, keys: &SigningKeys) -> Vec<SigningKey> {
    let listed = |name: &str| config.security.signing_keys.iter().any(|listed| listed == name);
    let keys = keys.keys.iter().filter(|key| listed(&key.name));
    keys.map(|key| SigningKey::new(key.value.expose())).collect()
}

/// Who judges: an endpoint's settings, its keys, and what time it is.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// The endpoint's settings.
    pub config: &'a EndpointConfig,
    /// Its keys.
    pub keys: &'a [SigningKey],
    /// What time it is.
    pub now: SystemTime,
}

impl Judge<'_> {
    /// The time as signatures know it.
    pub fn clock(&self) -> Clock {
        Clock {
            now: self.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            skew: self.config.security.clock_skew.as_secs(),
        }
    }

    /// Judges the signature. One that is wrong is refused also where none is needed: a URL that was tampered with, or
    /// has expired, must not work.
    ///
    /// # Errors
    /// [`Unauthorized::Signature`].
    pub fn signature(
        &self,
        route: &Route<'_>,
        query: Option<&str>,
        target: &Target,
    ) -> Result<Permission, Unauthorized> {
        let clock = self.clock();
        let verdict = verify(route, query, self.keys, clock).verdict;
        let permission = Permission { signed: false, seconds_left: None, named: false };
        match verdict {
            Verdict::Valid { expires } => Ok(Permission {
                signed: true,
                seconds_left: expires.map(|at| at.saturating_sub(clock.now)),
                ..permission
            }),
            Verdict::Absent if self.restriction(target) != Restriction::All => Ok(permission),
            Verdict::Absent | Verdict::Malformed(_) | Verdict::Invalid | Verdict::Expired { .. } => {
                Err(Unauthorized::Signature { verdict, keys: self.keys.len() })
            }
        }
    }

    /// Adds what the transformation says.
    ///
    /// # Errors
    /// [`Unauthorized::Signature`] for work of models that needs a signature, and for a default image (`di`) of a kind
    /// that does: it would be delivered in the place of a file that is not there.
    pub fn plan(
        &self,
        permission: Permission,
        target: &Target,
        plan: &Plan,
    ) -> Result<Permission, Unauthorized> {
        let own = self.restriction(target);
        let instead = plan.default_image().map_or(Restriction::None, |path| self.restriction_of(path));
        let closed = instead == Restriction::All
            || plan.uses_model() && (own == Restriction::Ai || instead == Restriction::Ai);
        if closed && !permission.signed {
            return Err(Unauthorized::Signature { verdict: Verdict::Absent, keys: self.keys.len() });
        }
        Ok(Permission { named: plan.is_named(), ..permission })
    }

    /// What the endpoint asks of requests for this kind of file, which is judged before it is fetched.
    fn restriction(&self, target: &Target) -> Restriction {
        match target.suffix {
            Some(Suffix::Video | Suffix::GifVideo | Suffix::MasterM3u8 | Suffix::MasterMpd) => {
                self.config.security.restrict_unsigned.videos
            }
            Some(Suffix::Thumbnail) | None => self.restriction_of(&target.resource),
        }
    }

    /// The same for a raw resource path. Where it can be read as an image and as a video, the stricter one counts.
    fn restriction_of(&self, resource: &str) -> Restriction {
        let RestrictUnsigned { images, videos } = self.config.security.restrict_unsigned;
        // Nearly always.
        if images == videos {
            return images;
        }
        let kinds = media_kind::readings(resource).map(|is_video| if is_video { videos } else { images });
        kinds.max().unwrap_or_default()
    }
}

impl Permission {
    /// Of who shows a key of the endpoint itself.
    pub(crate) const fn of_owner() -> Self {
        Self { signed: true, seconds_left: None, named: false }
    }

    /// Whether what is made of a private file may be delivered.
    pub fn opens_private(self) -> bool {
        self.signed || self.named
    }

    /// Whether a private file may be delivered as it is. `asked`: the transformation says so (`orig-true`), which in a
    /// named one are the endpoint's own words.
    pub fn opens_private_original(self, asked: bool) -> bool {
        self.signed || (self.named && asked)
    }

    /// Whether it ends at some time.
    pub(crate) const fn ends(self) -> bool {
        self.seconds_left.is_some()
    }

    /// How long a success may be kept by others: not beyond the end of its signature.
    pub(crate) fn lifetime(self, ttl: Duration) -> Duration {
        self.seconds_left.map_or(ttl, |left| ttl.min(Duration::from_secs(left)))
    }

    /// What others may do with a success that is good for `ttl`: nobody may keep it beyond the end of its signature, not
    /// even where it could stand in, and nobody but its client may keep a private file that came by a signature.
    pub(crate) fn cache_control(self, ttl: Duration, is_private: bool, stale: Stale) -> CacheControl {
        let left = self.lifetime(ttl);
        if is_private && self.signed {
            CacheControl::private(left)
        } else if left < ttl {
            CacheControl::public(left, Stale::default())
        } else {
            CacheControl::public(left, stale)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_keeps_a_response_longer_than_its_signature_lasts() {
        let year = Duration::from_hours(365 * 24);
        let stale = Stale { while_revalidate: Duration::from_hours(1), if_error: Duration::from_hours(24) };
        let permission = |signed, seconds_left, named| Permission { signed, seconds_left, named };
        let whole = (
            "public, s-maxage=31536000, max-age=31536000, must-revalidate",
            "max-age=31536000, stale-while-revalidate=3600, stale-if-error=86400",
        );
        let minute = ("public, s-maxage=60, max-age=60, must-revalidate", "max-age=60, must-revalidate");
        for (permission, is_private, (all, cdn)) in [
            (permission(false, None, false), false, whole),
            (permission(true, None, false), false, whole),
            (permission(true, Some(60), false), false, minute),
            (
                permission(true, Some(0), false),
                false,
                ("public, s-maxage=0, max-age=0, must-revalidate", "max-age=0, must-revalidate"),
            ),
            (permission(true, Some(u64::MAX), false), false, whole),
            (permission(true, None, false), true, ("private, max-age=31536000, must-revalidate", "no-store")),
            (permission(true, Some(60), false), true, ("private, max-age=60, must-revalidate", "no-store")),
            // Everybody may have what is named.
            (permission(false, None, true), true, whole),
            // With a signature, who knows whether a name alone would have been enough.
            (permission(true, Some(60), true), true, ("private, max-age=60, must-revalidate", "no-store")),
        ] {
            let told = permission.cache_control(year, is_private, stale);
            assert_eq!(told.all, all, "{permission:?} {is_private}");
            assert_eq!(told.cdn.unwrap(), cdn, "{permission:?} {is_private}");
        }
    }
}
