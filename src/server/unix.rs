//! The Unix socket: made so that nobody gets in who should not, and the one place where the kernel says who is calling.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, chown};
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::unix::UCred;
use tokio::net::{UnixListener, UnixStream};

use super::BindError;
use super::accept::{Greeting, Guest, HttpVersion, Listen, Watch};
use super::tcp::BACKLOG;
use crate::model::caller::{Peer, PeerUser, Transport};
use crate::system::{peer_groups, users};
use crate::telemetry::Chain;

/// The mode where the group that should have access cannot have it: the daemon's user alone.
const OWNER_ALONE: u32 = 0o600;

/// Who may connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The group that the socket belongs to. Where it does not exist, or the daemon may not give files to it, only the
    /// daemon's user may connect, and a warning says so.
    pub group: String,
    /// The mode, such as `0o660`.
    pub mode: u32,
}

/// A Unix socket that is listened on. Its file is removed when it is dropped, if it is still ours.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    _file: Option<SocketFile>,
}

impl UnixSocket {
    /// Makes the socket. It gets its group and mode under another name, and nobody can connect before it has both and its
    /// own name. The file that a dead daemon left is replaced in the same step. Call it inside the runtime; it looks up
    /// the group, so it may block.
    ///
    /// # Errors
    /// [`BindError`]: another daemon serves it, or it cannot be made.
    pub fn bind(path: &Path, access: &Access) -> Result<Self, BindError> {
        let failed = |source| BindError::Unix {
            path: path.to_owned(),
            source,
        };
        check_free(path)?;
        let prepared = prepared_name(path).map_err(failed)?;
        remove_if_there(&prepared).map_err(failed)?;
        let made = Self::make(path, &prepared, access).map_err(failed);
        if made.is_err() {
            // Nothing may be left behind; the error that counts is the first one.
            remove_if_there(&prepared).ok();
        }
        made
    }

    fn make(path: &Path, prepared: &Path, access: &Access) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&SockAddr::unix(prepared)?)?;
        // Until listen(2) every connect(2) is refused, whatever the umask made of the mode.
        fs::set_permissions(prepared, fs::Permissions::from_mode(OWNER_ALONE))?;
        if give_to_group(prepared, access) {
            fs::set_permissions(prepared, fs::Permissions::from_mode(access.mode))?;
        }
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        let listener = UnixListener::from_std(socket.into())?;
        let file = SocketFile::rename(prepared, path)?;
        Ok(Self {
            listener,
            _file: Some(file),
        })
    }

    /// A socket that the service manager opened; its file is the service manager's. Call it inside the runtime.
    ///
    /// # Errors
    /// [`BindError::Inherited`].
    pub fn inherited(listener: std::os::unix::net::UnixListener) -> Result<Self, BindError> {
        let listener = listener
            .set_nonblocking(true)
            .and_then(|()| UnixListener::from_std(listener))
            .map_err(|source| BindError::Inherited { source })?;
        Ok(Self {
            listener,
            _file: None,
        })
    }
}

/// The file of a socket, known by device and inode: another daemon may have put its own there since.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn rename(from: &Path, to: &Path) -> io::Result<Self> {
        let identity = identity(from)?;
        fs::rename(from, to)?;
        Ok(Self {
            path: to.to_owned(),
            identity,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = identity(&self.path).is_ok_and(|now| now == self.identity);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the Unix socket");
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// The name under which the socket of `path` is prepared: hidden, in the same directory.
fn prepared_name(path: &Path) -> io::Result<PathBuf> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::from(io::ErrorKind::InvalidFilename));
    };
    let mut prepared = std::ffi::OsString::from(".");
    prepared.push(name);
    prepared.push(".new");
    Ok(path.with_file_name(prepared))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Free is a path where nothing is, or a socket that nobody listens on any more.
fn check_free(path: &Path) -> Result<(), BindError> {
    let failed = |source| BindError::Unix {
        path: path.to_owned(),
        source,
    };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.file_type().is_socket() {
        return Err(BindError::NotASocket {
            path: path.to_owned(),
        });
    }
    match knock(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        // It vanished meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // WouldBlock is a full queue: somebody listens, and is busy.
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(failed(error)),
        Ok(()) | Err(_) => Err(BindError::AnotherDaemon {
            path: path.to_owned(),
        }),
    }
}

fn knock(path: &Path) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)
}

/// Whether the group got the file. Where it did not, the reason is in the log.
fn give_to_group(path: &Path, access: &Access) -> bool {
    if access.mode & 0o070 == 0 {
        return true;
    }
    let group = access.group.as_str();
    let warn = |error: &dyn std::fmt::Display| {
        tracing::warn!(
            group,
            %error,
            "only the daemon's own user may use the Unix socket; create the group, or set api.unix_socket_group"
        );
        false
    };
    match users::group_id(group) {
        Ok(Some(gid)) => match chown(path, None, Some(Gid::from_raw(gid))) {
            Ok(()) => true,
            Err(error) => warn(&error),
        },
        Ok(None) => warn(&"there is no such group"),
        Err(error) => warn(&error),
    }
}

/// What the kernel says of a process that connected.
pub(super) struct Credentials {
    user: UCred,
    /// Its supplementary groups; `None` where the kernel cannot say.
    groups: Option<Vec<u32>>,
}

impl Credentials {
    fn of(stream: &UnixStream) -> io::Result<Self> {
        Ok(Self {
            user: stream.peer_cred()?,
            groups: peer_groups::of(stream).ok(),
        })
    }
}

impl Listen for UnixSocket {
    type Socket = UnixStream;
    type Origin = io::Result<Credentials>;

    const KIND: &'static str = "unix";

    async fn accept(&self) -> io::Result<(UnixStream, Self::Origin)> {
        let (stream, _) = self.listener.accept().await?;
        let credentials = Credentials::of(&stream);
        Ok((stream, credentials))
    }

    fn greet(socket: UnixStream, credentials: Self::Origin, watch: Watch) -> Greeting {
        Box::pin(async move {
            let unix = match credentials {
                Ok(credentials) => Some(peer_user(credentials).await),
                Err(error) => {
                    tracing::warn!(%error, "the kernel does not say who is calling on the Unix socket");
                    None
                }
            };
            Ok(Guest {
                outlet: None,
                stream: Box::new(watch.over(socket)),
                peer: Peer {
                    transport: Transport::Unix,
                    source: None,
                    unix,
                    certificate: None,
                    has_to_use_tls: false,
                },
                version: HttpVersion::Http1,
            })
        })
    }
}

/// The caller with its names. The name service may block, so it is asked on a thread where that is allowed.
async fn peer_user(credentials: Credentials) -> PeerUser {
    let Credentials { user, groups } = credentials;
    let (uid, gid) = (user.uid(), user.gid());
    let found = tokio::task::spawn_blocking(move || look_up(uid, gid, groups)).await;
    let (name, groups) = match found {
        Ok(Ok(found)) => found.unwrap_or_default(),
        Ok(Err(error)) => {
            tracing::warn!(uid, error = %Chain(&error), "a caller on the Unix socket stays unknown");
            Default::default()
        }
        Err(error) => {
            tracing::error!(uid, %error, "looking up a caller on the Unix socket failed");
            Default::default()
        }
    };
    PeerUser {
        uid,
        gid,
        pid: user.pid().and_then(|pid| u32::try_from(pid).ok()),
        name,
        groups,
    }
}

type Names = (Option<String>, Vec<String>);

/// The groups that the process has count, as they do for the mode of the socket: those of `newgrp`, `sg` and
/// `SupplementaryGroups=` too, and not those that it gave up. Where the kernel does not know them, the database does.
pub(super) fn look_up(
    uid: u32,
    gid: u32,
    of_process: Option<Vec<u32>>,
) -> Result<Option<Names>, users::UsersError> {
    let (name, mut groups, gids) = match of_process {
        Some(mut gids) => {
            let Some(name) = users::user_name(uid)? else {
                return Ok(None);
            };
            gids.push(gid);
            (name, Vec::new(), gids)
        }
        None => {
            let Some(user) = users::by_uid(uid)? else {
                return Ok(None);
            };
            (user.name, user.groups, vec![gid])
        }
    };
    for gid in gids {
        if let Some(group) = users::group_name(gid)?
            && !groups.contains(&group)
        {
            groups.push(group);
        }
    }
    Ok(Some((Some(name), groups)))
}
