//! CRC-32 as in zlib and Ethernet, from a kept crate: the fast one on a host, on a board (feature `small`) the one whose
//! table is 1 KB.

#![no_std]

/// The checksum of all bytes.
pub fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finalize()
}

pub use chosen::Hasher;

#[cfg(not(feature = "small"))]
mod chosen {
    /// A checksum of bytes that come in pieces.
    #[derive(Clone, Debug, Default)]
    pub struct Hasher(crc32fast::Hasher);

    impl Hasher {
        pub fn new() -> Hasher {
            Hasher::default()
        }

        pub fn update(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        pub fn finalize(self) -> u32 {
            self.0.finalize()
        }
    }
}

#[cfg(feature = "small")]
mod chosen {
    use crc::{CRC_32_ISO_HDLC, Crc, Digest, Table};

    static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

    /// A checksum of bytes that come in pieces.
    #[derive(Clone)]
    pub struct Hasher(Digest<'static, u32, Table<1>>);

    impl Hasher {
        pub fn new() -> Hasher {
            Hasher(CRC.digest())
        }

        pub fn update(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        pub fn finalize(self) -> u32 {
            self.0.finalize()
        }
    }

    impl Default for Hasher {
        fn default() -> Hasher {
            Hasher::new()
        }
    }

    impl core::fmt::Debug for Hasher {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("Hasher")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue() {
        assert_eq!(hash(b"123456789"), 0xCBF4_3926);
        assert_eq!(hash(b""), 0);
    }

    #[test]
    fn pieces_give_what_the_whole_gives_in_either_form() {
        let mut random = fastrand::Rng::with_seed(7);
        for len in 0..300 {
            let bytes: [u8; 300] = core::array::from_fn(|_| random.u8(..));
            let cut = random.usize(..=len);
            let mut hasher = Hasher::new();
            hasher.update(&bytes[..cut]);
            hasher.update(&bytes[cut..len]);
            let sum = hasher.finalize();
            assert_eq!(sum, crc32fast::hash(&bytes[..len]));
            let small = crc::Crc::<u32, crc::Table<1>>::new(&crc::CRC_32_ISO_HDLC);
            assert_eq!(sum, small.checksum(&bytes[..len]));
        }
    }
}
