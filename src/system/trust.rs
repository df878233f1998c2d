//! Whom to believe that it is who it says, where this process connects to others with TLS.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hyper_rustls::ConfigBuilderExt as _;
use rustls::client::WantsClientCert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use thiserror::Error;

/// Whom is believed; what this side shows is still to be said.
pub type Trust = ConfigBuilder<ClientConfig, WantsClientCert>;

/// Why the authorities of a file cannot be believed in.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something in the file is no certificate of an authority.
    #[error("{} holds a certificate that cannot be used: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is none in it.
    #[error("{} holds no certificate in PEM", .0.display())]
    Empty(PathBuf),
}

/// In the authorities that this machine trusts.
///
/// # Errors
/// There are none.
pub fn in_whom_this_machine_does() -> io::Result<Trust> {
    ClientConfig::builder().with_native_roots()
}

/// In nobody: each handshake fails, and says so.
pub fn in_nobody() -> Trust {
    in_these(RootCertStore::empty())
}

/// In the authorities of a PEM file, and in no others.
///
/// # Errors
/// [`TrustError`].
pub fn in_those_of(file: &Path) -> Result<Trust, TrustError> {
    let text = fs::read(file).map_err(|source| TrustError::Read {
        path: file.to_owned(),
        source,
    })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
        added.map_err(|why| TrustError::Unusable {
            path: file.to_owned(),
            why,
        })?;
    }
    if roots.is_empty() {
        return Err(TrustError::Empty(file.to_owned()));
    }
    Ok(in_these(roots))
}

fn in_these(roots: RootCertStore) -> Trust {
    ClientConfig::builder().with_root_certificates(roots)
}
