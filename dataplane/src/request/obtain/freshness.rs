//! How long what was kept is good, and what it is good for after that.

use std::time::{Duration, SystemTime};

use imgplane_config::{EndpointConfig, ObjectId};

use super::super::product::{OriginLifetime, Product};
use crate::cache_control::Stale;

/// What is past its time is delivered once more while a newer one is made for this part of its lifetime, ...
const RENEWABLE_PART: u32 = 10;
/// ... and no longer than this.
const RENEWABLE: Duration = Duration::from_hours(1);

/// What something that was kept is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Good.
    Fresh { age: Duration },
    /// Just past its time: good while a newer one is made.
    Renewable { age: Duration },
    /// Past its time. `usable`: it may stand in where the origins cannot be asked.
    Stale { age: Duration, usable: bool },
}

/// Judges something that was kept.
pub(super) fn of(product: &Product, config: &EndpointConfig, now: SystemTime) -> Freshness {
    let head = &product.entry.head;
    let age = product.age(now);
    let lifetime = lifetime_of(head.lifetime, &head.origin, config);
    judge(age, lifetime, config.caching.stale_if_error)
}

fn judge(age: Duration, lifetime: Duration, stale_if_error: Duration) -> Freshness {
    let renewable = lifetime.saturating_add(renewable(lifetime));
    if age < lifetime {
        Freshness::Fresh { age }
    } else if age < renewable {
        Freshness::Renewable { age }
    } else {
        Freshness::Stale { age, usable: age < lifetime.saturating_add(stale_if_error) }
    }
}

/// How long after its lifetime something is delivered while a newer one is made.
fn renewable(lifetime: Duration) -> Duration {
    RENEWABLE.min(lifetime / RENEWABLE_PART)
}

/// How long a CDN may let a file stand in: as long as it may here. Not where it is to be asked for every time.
pub(in super::super) fn stale_of(lifetime: Duration, config: &EndpointConfig) -> Stale {
    if lifetime.is_zero() {
        return Stale::default();
    }
    Stale { while_revalidate: renewable(lifetime), if_error: config.caching.stale_if_error }
}

/// How long a file is good: as its origin says where the endpoint lets it, else as the endpoint does. Zero: it is to be
/// asked for every time.
pub(in super::super) fn lifetime_of(
    told: OriginLifetime,
    origin: &ObjectId,
    config: &EndpointConfig,
) -> Duration {
    if !origin_decides(origin, config) {
        return config.caching.ttl;
    }
    match told {
        OriginLifetime { no_store: true, .. } | OriginLifetime { no_cache: true, .. } => Duration::ZERO,
        OriginLifetime { seconds, .. } => seconds.map_or(config.caching.ttl, Duration::from_secs),
    }
}

/// Whether the origin forbids that it is kept.
pub(super) fn is_forbidden(product: &Product, config: &EndpointConfig) -> bool {
    let head = &product.entry.head;
    head.lifetime.no_store && origin_decides(&head.origin, config)
}

/// The media library has no say in it.
pub(in super::super) fn origin_decides(origin: &ObjectId, config: &EndpointConfig) -> bool {
    config.caching.origin_cache_control && config.media_library.as_ref() != Some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_followed_by_a_tenth_of_it_and_then_by_what_is_good_in_need() {
        let s = Duration::from_secs;
        for (age, lifetime, stale_if_error, expected) in [
            (0, 100, 50, Freshness::Fresh { age: s(0) }),
            (99, 100, 50, Freshness::Fresh { age: s(99) }),
            (100, 100, 50, Freshness::Renewable { age: s(100) }),
            (109, 100, 50, Freshness::Renewable { age: s(109) }),
            (110, 100, 50, Freshness::Stale { age: s(110), usable: true }),
            (150, 100, 50, Freshness::Stale { age: s(150), usable: false }),
            (0, 0, 50, Freshness::Stale { age: s(0), usable: true }),
            (0, 0, 0, Freshness::Stale { age: s(0), usable: false }),
            (1_003_600, 1_000_000, 0, Freshness::Stale { age: s(1_003_600), usable: false }),
            (1_003_599, 1_000_000, 0, Freshness::Renewable { age: s(1_003_599) }),
        ] {
            assert_eq!(judge(s(age), s(lifetime), s(stale_if_error)), expected, "{age} of {lifetime}");
        }
    }

    #[test]
    fn the_origin_decides_where_the_endpoint_lets_it_and_never_for_the_media_library() {
        let (web, library) = (ObjectId::new("shop", "web"), ObjectId::new("shop", "library"));
        let mut config = EndpointConfig::new("shop");
        config.media_library = Some(library.clone());
        let ttl = config.caching.ttl;
        let told = OriginLifetime { seconds: Some(60), ..OriginLifetime::default() };
        let minute = Duration::from_mins(1);
        assert_eq!(lifetime_of(told, &web, &config), ttl);
        config.caching.origin_cache_control = true;
        for (told, origin, expected) in [
            (told, &web, minute),
            (told, &library, ttl),
            (OriginLifetime::default(), &web, ttl),
            (OriginLifetime { no_cache: true, ..told }, &web, Duration::ZERO),
            (OriginLifetime { no_store: true, ..told }, &web, Duration::ZERO),
        ] {
            assert_eq!(lifetime_of(told, origin, &config), expected, "{told:?}");
        }
    }
}
