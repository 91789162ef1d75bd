//! What the server does for itself: recovery at start, durable jobs, trimming, checks of catalog against store.
