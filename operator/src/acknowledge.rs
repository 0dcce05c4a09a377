//! What pods really run: reports, and which records they acknowledge.
