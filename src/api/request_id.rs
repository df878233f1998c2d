//! The ids of requests: `req-` and a UUID.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Builder;

/// A new id. It is a random UUID (version 4) to everybody who does not know this process's keys: counted and hashed, because
/// asking the kernel for chance each time is a system call for each request. Nothing is guarded by it.
pub(super) fn next() -> String {
    static KEYS: OnceLock<[RandomState; 2]> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let [high, low] = KEYS.get_or_init(Default::default);
    let bits = u128::from(high.hash_one(number)) << 64 | u128::from(low.hash_one(number));
    let id = Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
    format!("req-{id}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::{Uuid, Version};

    use super::*;

    #[test]
    fn no_id_comes_twice() {
        let ids: HashSet<String> = (0..10_000).map(|_| next()).collect();
        assert_eq!(ids.len(), 10_000);
        for id in ids {
            let uuid = Uuid::parse_str(id.strip_prefix("req-").unwrap()).unwrap();
            assert_eq!(uuid.get_version(), Some(Version::Random));
        }
    }
}
