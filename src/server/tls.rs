//! TLS, and plain HTTP on the same port.
//!
//! The first byte tells them apart: a TLS handshake begins with 0x16, which no HTTP request does. Plain HTTP is for this
//! machine alone: from another one it gets an answer that says so, and nothing else.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::accept::{Greeting, Guest, HttpVersion, Listen, Watch};
use super::tcp::plain;
use crate::model::caller::{ClientCertificate, Peer, Transport};
use crate::rules::subject;

/// The first byte of a TLS handshake (RFC 8446 §5.1, `ContentType`).
const HANDSHAKE: u8 = 0x16;

/// The names of HTTP in ALPN (RFC 7301, RFC 9113 §3.1). The first that the client knows too is taken.
const HTTP_2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// Certificate and key as they are now. Clones see the same.
#[derive(Debug, Clone)]
pub struct Tls(Arc<Files>);

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
    current: RwLock<Arc<ServerConfig>>,
}

/// Why TLS cannot be spoken.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} holds no {wanted} in PEM", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The authorities of clients cannot be used.
    #[error("the authorities of clients in {} cannot be used", path.display())]
    ClientAuthorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        source: VerifierBuilderError,
    },
    /// An authority of clients is none.
    #[error("a certificate in {} cannot be that of an authority of clients", path.display())]
    ClientAuthority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// They are no pair, or of a kind that is not supported.
    #[error(
        "the certificate {} and the key {} cannot be used; the key must be that of the first certificate, RSA, ECDSA or \
         Ed25519, and not encrypted", certificate.display(), key.display()
    )]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong with them.
        source: rustls::Error,
    },
}

/// A certificate and its key that can be used.
pub struct Fresh(Arc<ServerConfig>);

impl Tls {
    /// Reads a certificate, followed by those that it was signed with, and its key, all in PEM. A key that everybody on this
    /// machine can read is a warning in the log. Clients may show a certificate if there is a file with the authorities that
    /// theirs are signed with.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(
        certificate: &Path,
        key: &Path,
        client_ca: Option<&Path>,
    ) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            client_ca: client_ca.map(Path::to_owned),
            current: RwLock::new(Arc::new(read(certificate, key, client_ca)?)),
        })))
    }

    /// Reads the same files again. Nothing changes until [`Tls::take_over`].
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn read_again(&self) -> Result<Fresh, TlsError> {
        let files = &self.0;
        let config = read(&files.certificate, &files.key, files.client_ca.as_deref())?;
        Ok(Fresh(Arc::new(config)))
    }

    /// What was read again counts for connections that are accepted from now on.
    pub fn take_over(&self, Fresh(new): Fresh) {
        let mut current = self
            .0
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = new;
    }

    /// The file of the certificate.
    pub fn certificate(&self) -> &Path {
        &self.0.certificate
    }

    fn acceptor(&self) -> TlsAcceptor {
        let current = self
            .0
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }
}

fn read(
    certificate: &Path,
    key: &Path,
    client_ca: Option<&Path>,
) -> Result<ServerConfig, TlsError> {
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|source| TlsError::Pem {
        path: key.to_owned(),
        wanted: "private key without a passphrase",
        source,
    })?;
    warn_if_readable_by_all(key);
    let provider = Arc::new(ring::default_provider());
    let clients = client_ca
        .map(|file| verifier(file, &provider))
        .transpose()?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|builder| {
            let builder = match clients {
                Some(verifier) => builder.with_client_cert_verifier(verifier),
                None => builder.with_no_client_auth(),
            };
            builder.with_single_cert(chain, secret)
        });
    let mut config = config.map_err(|source| TlsError::Unusable {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })?;
    config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1_1.to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_slice_iter(&bytes(path)?).collect::<Result<Vec<_>, _>>();
    let found = match found {
        Ok(found) if found.is_empty() => Err(pem::Error::NoItemsFound),
        other => other,
    };
    found.map_err(|source| TlsError::Pem {
        path: path.to_owned(),
        wanted: "certificate",
        source,
    })
}

/// Lets a client come without a certificate, and with none that these authorities did not sign for clients.
fn verifier(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(path)? {
        roots
            .add(authority)
            .map_err(|source| TlsError::ClientAuthority {
                path: path.to_owned(),
                source,
            })?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .allow_unauthenticated()
        .build()
        .map_err(|source| TlsError::ClientAuthorities {
            path: path.to_owned(),
            source,
        })
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}

fn warn_if_readable_by_all(key: &Path) {
    let mode = fs::metadata(key).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o007 != 0 {
        tracing::warn!(
            key = %key.display(),
            mode = format!("{:04o}", mode & 0o7777),
            "everybody on this machine can read the TLS key: give it to the daemon's user alone, with mode 0400"
        );
    }
}

/// A TCP listener that speaks TLS.
pub(super) struct TlsListener {
    pub(super) tcp: TcpListener,
    pub(super) tls: Tls,
}

impl Listen for TlsListener {
    type Socket = TcpStream;
    type Origin = (SocketAddr, TlsAcceptor);

    const KIND: &'static str = "tls";

    async fn accept(&self) -> io::Result<(TcpStream, Self::Origin)> {
        let (stream, source) = Listen::accept(&self.tcp).await?;
        Ok((stream, (source, self.tls.acceptor())))
    }

    fn greet(socket: TcpStream, (source, acceptor): Self::Origin, watch: Watch) -> Greeting {
        Box::pin(greet(socket, source, acceptor, watch))
    }
}

async fn greet(
    socket: TcpStream,
    source: SocketAddr,
    acceptor: TlsAcceptor,
    watch: Watch,
) -> io::Result<Guest> {
    let mut first = [0];
    // Nothing at all, and then the end: HTTP knows what to do with that.
    socket.peek(&mut first).await?;
    if first != [HANDSHAKE] {
        let is_local = is_loopback(source) && socket.local_addr().is_ok_and(is_loopback);
        let mut guest = plain(socket, source, watch);
        guest.peer.has_to_use_tls = !is_local;
        return Ok(guest);
    }
    let stream = acceptor.accept(watch.over(socket)).await?;
    let certificate = client_certificate(stream.get_ref().1)?;
    let version = match stream.get_ref().1.alpn_protocol() {
        Some(HTTP_2) => HttpVersion::Http2,
        Some(_) | None => HttpVersion::Http1,
    };
    Ok(Guest {
        stream: Box::new(stream),
        peer: Peer {
            transport: Transport::Tls,
            source: Some(source),
            unix: None,
            certificate,
            has_to_use_tls: false,
        },
        version,
        outlet: None,
    })
}

/// The certificate that the client has shown, which the handshake has verified.
fn client_certificate(connection: &ServerConnection) -> io::Result<Option<ClientCertificate>> {
    let shown = connection.peer_certificates().unwrap_or_default();
    let Some(certificate) = shown.first() else {
        return Ok(None);
    };
    match subject::of_certificate(certificate) {
        Some(certificate) => Ok(Some(certificate)),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the client's certificate has no subject that can be read",
        )),
    }
}

/// Both ends are asked for: a kernel may be set to route what comes from outside to 127.0.0.1.
fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}
