//! Unpredictable bytes from the kernel, taken in blocks: a system call for each packet's IV would be noticed at 10,000 BMCs.

use crate::ipmi::session::Entropy;

const BLOCK: usize = 4096;

/// A block of the kernel's random bytes, used up from the front.
pub(super) struct Pool {
    bytes: Box<[u8; BLOCK]>,
    used: usize,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self {
            bytes: Box::new([0; BLOCK]),
            used: BLOCK,
        }
    }
}

impl Entropy for Pool {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            let next = self.bytes.get_mut(self.used).map(std::mem::take);
            *byte = match next {
                Some(next) => next,
                None => {
                    refill(self.bytes.as_mut_slice());
                    self.used = 0;
                    std::mem::take(&mut self.bytes[0])
                }
            };
            self.used += 1;
        }
    }
}

/// Without randomness there is no safe session, and no kernel that Ostler runs on fails to give it once it is up.
fn refill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        panic!("the kernel gives no random bytes: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_are_given_twice() {
        let mut pool = Pool::new();
        let mut blocks = std::collections::HashSet::new();
        for _ in 0..1_000 {
            let mut block = [0; 12];
            pool.fill(&mut block);
            assert!(blocks.insert(block));
        }
    }
}
