//! What pods really run: reports, and which records they acknowledge.
//!
//! [`Scraper`] asks pods, [`Ledger`] knows which record each config holds, [`Nudger`] makes pods see a new config at
//! once, and [`keep_last_good`] decides which records outlive a mistake. What a verdict means for an object's status is
//! decided elsewhere.

mod keep;
mod ledger;
mod nudge;
mod scrape;
mod token;

pub use keep::{keep_last_good, keep_signing_keys, keep_store_credentials};
pub use ledger::{Acknowledged, Acks, Ledger, PodAck};
pub use nudge::{Nudged, Nudger};
pub use scrape::{Limits, ScrapeError, Scraped, Scraper};
pub use token::{AdminToken, TokenError};
