//! Java's partitioner hash, so that any Kafka client finds the same partition for the same key (KEY-1).
//!
//! Kafka's Java client hashes a key with a 32-bit Murmur 2 (seed 0x9747b28c), drops the sign bit and takes the rest modulo
//! the partitions. No crate in use offers just that function, and librdkafka keeps its own private, so it stands here.

/// The 32-bit Murmur 2 hash of `data` as `org.apache.kafka.common.utils.Utils.murmur2` computes it.
pub fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut h = SEED ^ data.len() as u32;
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]).wrapping_mul(M);
        k ^= k >> 24;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        for (i, byte) in rest.iter().enumerate() {
            h ^= u32::from(*byte) << (8 * i);
        }
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    h ^ (h >> 15)
}

/// The partition that Java's default partitioner gives a key hash among `partitions` (at least 1).
pub fn partition_of_hash(hash: u32, partitions: u32) -> u32 {
    (hash & 0x7fff_ffff) % partitions
}

/// The partition that Java's default partitioner gives `key` among `partitions` (at least 1).
pub fn partition_of_key(key: &[u8], partitions: u32) -> u32 {
    partition_of_hash(murmur2(key), partitions)
}

#[cfg(test)]
mod tests {
    use super::{murmur2, partition_of_key};

    /// The values of Apache Kafka's own unit test `UtilsTest.testMurmur2`.
    #[test]
    fn key_1_hashes_as_javas_own_test_says() {
        for (key, hash) in [
            ("21", -973_932_308_i32),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key}");
        }
    }

    /// The sign bit is dropped, as Java does: its hash of "21" is negative, and so is every other one.
    #[test]
    fn key_1_a_negative_hash_has_the_partition_that_java_gives_it() {
        for (key, partition) in [("21", 0), ("foobar", 6), ("a-little-bit-long-string", 2), ("abc", 7)] {
            assert_eq!(partition_of_key(key.as_bytes(), 10), partition, "{key}");
        }
    }
}
