//! What a URL may ask for beside its transformation and does not exist yet, as the server refuses it.

use imgplane_urls::{SourceKind, Suffix, Target, UrlError, UrlErrorCode};

/// Refuses what the server refuses.
pub(super) fn check(target: &Target) -> Result<(), UrlError> {
    let what = match (target.signed, target.suffix, target.source) {
        (true, _, _) => "Signed URLs (ik-s, ik-t) are".to_owned(),
        (false, Some(suffix), _) => format!("The suffix {} is", Suffix::as_str(suffix)),
        (false, None, SourceKind::Prompt) => "Making pictures from text is".to_owned(),
        (false, None, SourceKind::Path | SourceKind::WebAddress) => return Ok(()),
    };
    Err(UrlError { code: UrlErrorCode::Efeature, message: format!("{what} not supported yet") })
}
