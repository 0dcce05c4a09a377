//! What was purged, as a part of the records: no manifest says it, so it comes from whoever keeps the list.

use imgplane_config::{Bundle, DataPlaneConfig, Purges, Record};

use super::RenderError;

/// The same records with this list in that of the DataPlane.
///
/// # Errors
/// [`RenderError::Json`] where the settings cannot be written as JSON, which nothing can cause.
pub fn with_purges(bundle: Bundle, purges: &Purges) -> Result<Bundle, RenderError> {
    if bundle.data_plane.body.purges == *purges {
        return Ok(bundle);
    }
    let Record { id, generation, hash: _, body } = bundle.data_plane;
    let body = DataPlaneConfig { purges: purges.clone(), ..body };
    Ok(Bundle { data_plane: Record::new(id, generation, body)?, ..bundle })
}
