//! Which image formats the client takes.
//!
//! Only exact media types count: browsers without WebP send `image/*` too.

use http::{HeaderMap, header};
use imgplane_config::AcceptOverride;

use super::access::user_agent;

/// Formats beyond the ones that every client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Accept {
    /// `image/avif` is listed.
    pub(super) avif: bool,
    /// `image/webp` is listed.
    pub(super) webp: bool,
}

impl Accept {
    /// What counts for a request: the endpoint's word on its client, else all its `Accept` headers.
    pub(super) fn of_client(headers: &HeaderMap, overrides: &[AcceptOverride]) -> Self {
        if overrides.is_empty() {
            return Self::of(headers);
        }
        let agent = user_agent(headers);
        match overrides.iter().find(|entry| agent.contains(entry.user_agent.as_str())) {
            Some(entry) => {
                let mut accept = Self::default();
                accept.read(&entry.accept);
                accept
            }
            None => Self::of(headers),
        }
    }

    fn of(headers: &HeaderMap) -> Self {
        let mut accept = Self::default();
        for value in headers.get_all(header::ACCEPT) {
            accept.read(value.to_str().unwrap_or_default());
        }
        accept
    }

    fn read(&mut self, value: &str) {
        for range in value.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default();
            let wanted = parts.all(|parameter| !is_zero_weight(parameter));
            self.avif |= wanted && media_type.eq_ignore_ascii_case("image/avif");
            self.webp |= wanted && media_type.eq_ignore_ascii_case("image/webp");
        }
    }
}

/// `q=0`, or a weight that is no number and so cannot be above zero.
fn is_zero_weight(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    name.trim().eq_ignore_ascii_case("q") && !value.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_types_with_a_weight_above_zero_count() {
        for (value, avif, webp) in [
            ("image/avif,image/webp,*/*", true, true),
            ("image/webp", false, true),
            ("Image/WebP;q=0.1", false, true),
            ("image/webp;q=0,*/*", false, false),
            ("image/webp; q=0.000", false, false),
            ("image/webp;q=x", false, false),
            ("image/webp;level=1;q=0", false, false),
            ("image/*,*/*;q=0.8", false, false),
            ("image/webpx", false, false),
            ("text/html, image/avif ;q=0.9", true, false),
            ("", false, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, value.parse().unwrap());
            assert_eq!(Accept::of(&headers), Accept { avif, webp }, "{value}");
        }
    }

    #[test]
    fn the_endpoint_may_know_its_clients_better_than_they_tell() {
        let overrides = [
            AcceptOverride { user_agent: "myapp/2".into(), accept: "image/avif,image/webp".into() },
            AcceptOverride { user_agent: "myapp".into(), accept: "image/webp;q=0.8".into() },
        ];
        for (agent, avif, webp) in
            [("MyApp/2.1 (iOS)", true, true), ("MyApp/1.0", false, true), ("Mozilla/5.0", false, false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, agent.parse().unwrap());
            headers.insert(header::ACCEPT, "*/*".parse().unwrap());
            assert_eq!(Accept::of_client(&headers, &overrides), Accept { avif, webp }, "{agent}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, "image/avif".parse().unwrap());
        assert_eq!(Accept::of_client(&headers, &overrides), Accept { avif: true, webp: false });
    }

    #[test]
    fn several_headers_are_read_as_one() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, "image/avif".parse().unwrap());
        headers.append(header::ACCEPT, "image/webp".parse().unwrap());
        assert_eq!(Accept::of(&headers), Accept { avif: true, webp: true });
    }
}
