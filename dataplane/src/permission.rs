//! What a request shows of permission: a signature, or that it asks for nothing but what the endpoint itself stored.
//!
//! Judged for every request on its own. What requests share, an original on its way, carries the mark of a private file
//! and no permission, so that nobody gets in on the signature of another.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use imgplane_config::{EndpointConfig, Restriction, SigningKeys};
use imgplane_urls::{Clock, Plan, Route, SigningKey, Suffix, Target, Verdict, verify};

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
}

impl Unauthorized {
    /// One sentence in ASCII, for `ik-error`.
    pub fn message(self) -> &'static str {
        match self {
            Self::Private => "This file needs a signed URL or a named transformation",
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
    /// [`Unauthorized::Signature`] for work of models that needs a signature.
    pub fn plan(
        &self,
        permission: Permission,
        target: &Target,
        plan: &Plan,
    ) -> Result<Permission, Unauthorized> {
        if plan.uses_model() && !permission.signed && self.restriction(target) == Restriction::Ai {
            return Err(Unauthorized::Signature { verdict: Verdict::Absent, keys: self.keys.len() });
        }
        Ok(Permission { named: plan.is_named(), ..permission })
    }

    /// What the endpoint asks of requests for this kind of file, which is judged before it is fetched.
    fn restriction(&self, target: &Target) -> Restriction {
        let kinds = self.config.security.restrict_unsigned;
        if is_video(target) { kinds.videos } else { kinds.images }
    }
}

impl Permission {
    /// Whether a private file may be delivered.
    pub fn opens_private(self) -> bool {
        self.signed || self.named
    }

    /// `Cache-Control` of a success: nobody may keep it beyond the end of its signature, and nobody but its client may
    /// keep a private file that came by a signature.
    pub(crate) fn cache_control(self, ttl: Duration, is_private: bool) -> String {
        let ttl = ttl.as_secs();
        let seconds = self.seconds_left.map_or(ttl, |left| left.min(ttl));
        if is_private && !self.named {
            format!("private, max-age={seconds}, must-revalidate")
        } else {
            crate::state::cache_control(Duration::from_secs(seconds))
        }
    }
}

/// A video by its name or by what is to be made of it. What is neither image nor video follows images.
fn is_video(target: &Target) -> bool {
    match target.suffix {
        Some(Suffix::Video | Suffix::GifVideo | Suffix::MasterM3u8 | Suffix::MasterMpd) => true,
        Some(Suffix::Thumbnail) | None => {
            let name = target.resource.rsplit('/').next().unwrap_or_default();
            mime_guess::from_path(name).first_raw().is_some_and(|kind| kind.starts_with("video/"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_keeps_a_response_longer_than_its_signature_lasts() {
        let year = Duration::from_hours(365 * 24);
        let permission = |signed, seconds_left, named| Permission { signed, seconds_left, named };
        for (permission, is_private, expected) in [
            (
                permission(false, None, false),
                false,
                "public, s-maxage=31536000, max-age=31536000, must-revalidate",
            ),
            (
                permission(true, None, false),
                false,
                "public, s-maxage=31536000, max-age=31536000, must-revalidate",
            ),
            (permission(true, Some(60), false), false, "public, s-maxage=60, max-age=60, must-revalidate"),
            (permission(true, Some(0), false), false, "public, s-maxage=0, max-age=0, must-revalidate"),
            (
                permission(true, Some(u64::MAX), false),
                false,
                "public, s-maxage=31536000, max-age=31536000, must-revalidate",
            ),
            (permission(true, None, false), true, "private, max-age=31536000, must-revalidate"),
            (permission(true, Some(60), false), true, "private, max-age=60, must-revalidate"),
            // Everybody may have what is named.
            (
                permission(false, None, true),
                true,
                "public, s-maxage=31536000, max-age=31536000, must-revalidate",
            ),
            (permission(true, Some(60), true), true, "public, s-maxage=60, max-age=60, must-revalidate"),
        ] {
            assert_eq!(permission.cache_control(year, is_private), expected, "{permission:?} {is_private}");
        }
    }

    #[test]
    fn videos_are_told_by_name_and_by_ending() {
        for (rest, video) in [
            ("a.jpg", false),
            ("a.MP4", true),
            ("clips/a.webm", true),
            ("a.mp4/ik-thumbnail.jpg", true),
            ("a.gif/ik-gif-video.mp4", true),
            ("a/ik-master.m3u8", true),
            ("a.jpg/ik-thumbnail.jpg", false),
            ("a.pdf", false),
            ("a.mp4.jpg", false),
            ("a", false),
        ] {
            assert_eq!(is_video(&Target::parse(rest, None).unwrap()), video, "{rest}");
        }
    }
}
