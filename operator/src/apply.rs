//! From desired objects to the cluster: server-side apply in order, and pruning by exact name.
