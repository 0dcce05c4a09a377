//! What the cluster holds: guarded watches of everything that decides what pods run, as one [`Observed`] view.
