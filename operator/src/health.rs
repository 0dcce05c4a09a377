//! How origins fare: reports of all pods merged into one verdict per origin.
