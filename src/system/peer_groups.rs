//! The supplementary groups of the process at the other end of a Unix socket, as the kernel knows them.

use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};

use nix::errno::Errno;
use nix::libc;

/// More groups than most processes have; one with more costs a second call.
const USUAL: usize = 64;
/// The most that the kernel gives a process (`NGROUPS_MAX`).
const MOST: usize = 65_536;

/// The gids that the process had when it connected (`SO_PEERGROUPS`, Linux 4.13). They hold its effective group only where
/// that is among the supplementary ones.
///
/// # Errors
/// The kernel cannot say: it is too old, or this is no Unix socket.
pub fn of(socket: &impl AsFd) -> io::Result<Vec<u32>> {
    let mut groups = vec![0; USUAL];
    match read(socket.as_fd(), &mut groups) {
        Err(Errno::ERANGE) => {
            groups = vec![0; MOST];
            read(socket.as_fd(), &mut groups)?;
        }
        other => other?,
    }
    Ok(groups)
}

/// Fills `groups` and cuts it to what there is; `ERANGE` where it is too short.
#[expect(
    unsafe_code,
    reason = "neither the standard library nor any crate that we know has a safe call for SO_PEERGROUPS"
)]
fn read(socket: BorrowedFd<'_>, groups: &mut Vec<libc::gid_t>) -> Result<(), Errno> {
    let size = size_of::<libc::gid_t>();
    let mut bytes = libc::socklen_t::try_from(groups.len() * size).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the kernel writes at most `bytes` bytes, which is what the initialised elements of `groups` take, and every
    // bit pattern is a gid. Both pointers live until the call returns, and nothing keeps them.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERGROUPS,
            groups.as_mut_ptr().cast(),
            &raw mut bytes,
        )
    };
    Errno::result(result)?;
    let written = usize::try_from(bytes).map_err(|_| Errno::EINVAL)? / size;
    groups.truncate(written);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn they_are_those_of_the_process() {
        let (one, _two) = UnixStream::pair().unwrap();
        let mut own: Vec<u32> = nix::unistd::getgroups()
            .unwrap()
            .into_iter()
            .map(nix::unistd::Gid::as_raw)
            .collect();
        let mut said = of(&one).unwrap();
        own.sort_unstable();
        said.sort_unstable();
        assert_eq!(said, own);
    }

    #[test]
    fn a_socket_that_has_none_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(of(&stream).is_err());
    }
}
