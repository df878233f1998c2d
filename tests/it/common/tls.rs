//! Certificates that exist for one test, and clients that speak TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::daemon::{Daemon, Surroundings, loopback};
use super::http::{Client, Response};

/// An authority, which signs certificates for daemons.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Else it would have the name of those that it signs, which OpenSSL takes for signing themselves.
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let made = params.self_signed(&key).unwrap();
        Self {
            certificate: made.der().clone(),
            pem: made.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Writes `cert.pem` and `key.pem` for these names into a directory.
    pub(crate) fn sign_into(&self, directory: &Path, names: &[&str]) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(names).unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(directory.join("cert.pem"), signed.pem()).unwrap();
        write_key(directory, &key.serialize_pem());
    }

    /// Writes a certificate for a client, and its key, into one file. The name is that of its user, in `O=Example`.
    pub(crate) fn sign_client(
        &self,
        file: &Path,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Example");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(file, signed.pem() + &key.serialize_pem()).unwrap();
    }

    /// What a client is that believes in this authority alone, offers this protocol, and shows the certificate in a file of
    /// [`Authority::sign_client`].
    pub(crate) fn showing(&self, alpn: &str, file: &Path) -> Arc<ClientConfig> {
        let text = fs::read(file).unwrap();
        let chain = CertificateDer::pem_slice_iter(&text);
        let key = PrivateKeyDer::from_pem_slice(&text).unwrap();
        let mut config = ClientConfig::builder()
            .with_root_certificates(self.roots())
            .with_client_auth_cert(chain.map(Result::unwrap).collect(), key)
            .unwrap();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        Arc::new(config)
    }

    /// Writes its own certificate, as clients get it.
    pub(crate) fn write_to(&self, file: &Path) {
        fs::write(file, &self.pem).unwrap();
    }

    /// This authority alone.
    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }

    /// What a client is that believes in this authority alone, and offers these protocols.
    pub(crate) fn trusted(&self, alpn: &[&str]) -> Arc<ClientConfig> {
        let mut config = ClientConfig::builder()
            .with_root_certificates(self.roots())
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// A daemon with a certificate of this authority for `localhost`, 127.0.0.1 and [`loopback`], which listens on these
    /// addresses too.
    pub(crate) fn daemon(&self, listen: Vec<SocketAddr>, api: &str) -> Daemon {
        let made = Daemon::with_surroundings("", |directory| {
            self.sign_into(
                directory,
                &["localhost", "127.0.0.1", &loopback().to_string()],
            );
            Ok(Surroundings {
                listen,
                api: format!("{}\n{api}", settings(directory)),
                ..Surroundings::default()
            })
        });
        made.unwrap()
    }

    /// A client of such a daemon, with an admin's token, in HTTP/1.1.
    pub(crate) fn admin(&self, daemon: &Daemon) -> Client {
        let token = daemon.token("root", "default", "admin");
        Client::tls(daemon.tcp_address(), self.trusted(&["http/1.1"])).with_token(&token)
    }
}

/// The settings that make a daemon use the files in this directory.
pub(crate) fn settings(directory: &Path) -> String {
    let file = |name| directory.join(name).display().to_string();
    format!(
        "tls_certificate = {:?}\ntls_key = {:?}",
        file("cert.pem"),
        file("key.pem")
    )
}

/// Writes `key.pem`, for the owner alone.
pub(crate) fn write_key(directory: &Path, pem: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = directory.join("key.pem");
    fs::write(&file, pem).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Connects, and gives what the handshake came to.
pub(crate) async fn connect(
    address: SocketAddr,
    config: Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::from(address.ip());
    TlsConnector::from(config).connect(name, stream).await
}

/// A client that speaks HTTP/2.
pub(crate) struct Http2 {
    address: SocketAddr,
    token: Option<String>,
    requests: SendRequest<Full<Bytes>>,
    _driver: tokio::task::JoinSet<()>,
}

impl Http2 {
    pub(crate) async fn connect(address: SocketAddr, authority: &Authority, token: &str) -> Self {
        Self::over(address, authority.trusted(&["h2"]), Some(token)).await
    }

    /// The same with any settings that offer `h2` alone, and perhaps without a token.
    pub(crate) async fn over(
        address: SocketAddr,
        config: Arc<ClientConfig>,
        token: Option<&str>,
    ) -> Self {
        let stream = connect(address, config).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (requests, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
        let mut driver = tokio::task::JoinSet::new();
        driver.spawn(async move {
            connection.await.ok();
        });
        Self {
            address,
            token: token.map(str::to_owned),
            requests,
            _driver: driver,
        }
    }

    /// An answer without its body.
    pub(crate) async fn open(
        &mut self,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> hyper::Result<hyper::Response<hyper::body::Incoming>> {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("https://{}{path}", self.address));
        let request = match &self.token {
            Some(token) => request.header("x-auth-token", token),
            None => request,
        };
        let request = request
            .body(Full::new(Bytes::copy_from_slice(body)))
            .unwrap();
        self.requests.ready().await?;
        self.requests.send_request(request).await
    }

    /// A whole answer.
    pub(crate) async fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Response {
        let (head, body) = self.open(method, path, body).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = |value: &hyper::header::HeaderValue| value.to_str().unwrap().to_owned();
        Response {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: body.to_vec(),
        }
    }
}
