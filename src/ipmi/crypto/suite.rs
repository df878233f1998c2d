//! Cipher suites (IPMI v2.0 table 22-20), those with authentication, integrity and encryption that are worth having.

use std::fmt;

use crate::ipmi::wire::open_session::Algorithms;

/// A cipher suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suite {
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    S3,
    /// RAKP-HMAC-MD5, HMAC-MD5-128, AES-CBC-128.
    S8,
    /// RAKP-HMAC-MD5, MD5-128, AES-CBC-128.
    S12,
    /// RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    S17,
}

/// How the login is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// 01h RAKP-HMAC-SHA1.
    HmacSha1,
    /// 02h RAKP-HMAC-MD5.
    HmacMd5,
    /// 03h RAKP-HMAC-SHA256.
    HmacSha256,
}

/// How packets are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// 01h HMAC-SHA1-96.
    HmacSha1,
    /// 02h HMAC-MD5-128.
    HmacMd5,
    /// 03h MD5-128, keyed with the password.
    Md5,
    /// 04h HMAC-SHA256-128.
    HmacSha256,
}

impl Suite {
    /// All of them, the strongest first.
    pub const ALL: [Self; 4] = [Self::S17, Self::S3, Self::S12, Self::S8];

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::S3 => 3,
            Self::S8 => 8,
            Self::S12 => 12,
            Self::S17 => 17,
        }
    }

    /// Its authentication algorithm.
    pub fn authentication(self) -> Authentication {
        match self {
            Self::S3 => Authentication::HmacSha1,
            Self::S8 | Self::S12 => Authentication::HmacMd5,
            Self::S17 => Authentication::HmacSha256,
        }
    }

    /// Its integrity algorithm.
    pub fn integrity(self) -> Integrity {
        match self {
            Self::S3 => Integrity::HmacSha1,
            Self::S8 => Integrity::HmacMd5,
            Self::S12 => Integrity::Md5,
            Self::S17 => Integrity::HmacSha256,
        }
    }

    /// The numbers of its algorithms on the wire.
    pub fn algorithms(self) -> Algorithms {
        let authentication = match self.authentication() {
            Authentication::HmacSha1 => 0x01,
            Authentication::HmacMd5 => 0x02,
            Authentication::HmacSha256 => 0x03,
        };
        let integrity = match self.integrity() {
            Integrity::HmacSha1 => 0x01,
            Integrity::HmacMd5 => 0x02,
            Integrity::Md5 => 0x03,
            Integrity::HmacSha256 => 0x04,
        };
        Algorithms {
            authentication,
            integrity,
            confidentiality: 0x01,
        }
    }
}

impl Integrity {
    /// How many bytes of code a packet carries.
    pub fn code_length(self) -> usize {
        match self {
            Self::HmacSha1 => 12,
            Self::HmacMd5 | Self::Md5 | Self::HmacSha256 => 16,
        }
    }
}

impl Authentication {
    /// How many bytes of integrity check value RAKP Message 4 carries (IPMI v2.0 §13.28.1 and following).
    pub fn check_length(self) -> usize {
        match self {
            Self::HmacSha1 => 12,
            Self::HmacMd5 | Self::HmacSha256 => 16,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}
