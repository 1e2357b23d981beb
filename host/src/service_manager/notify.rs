//! Our process under systemd, and under none.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use super::ServiceError;

/// Runs `main` and returns its exit code. systemd ends us by SIGTERM, so that `stop` is not called:
/// on Windows, where there are no signals, it is.
pub fn run_as_service(
    _name: &str,
    _stop: impl Fn() + Send + Sync + 'static,
    main: impl FnOnce() -> u8 + Send + 'static,
) -> Result<u8, ServiceError> {
    Ok(main())
}

/// Says that we serve; until then a start waits. Says nothing where no service manager started us.
pub fn ready() -> io::Result<()> {
    match std::env::var_os("NOTIFY_SOCKET") {
        Some(socket) => notify(Path::new(&socket), b"READY=1"),
        None => Ok(()),
    }
}

fn notify(socket: &Path, message: &[u8]) -> io::Result<()> {
    let ours = UnixDatagram::unbound()?;
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::ffi::OsStrExt;
        // A name that is in no folder: `@` stands for the zero byte that it begins with.
        if let Some(name) = socket.as_os_str().as_bytes().strip_prefix(b"@") {
            let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
            return ours.send_to_addr(message, &address).map(|_| ());
        }
    }
    ours.send_to(message, socket).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_hears_it_at_a_socket_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        notify(&path, b"READY=1").unwrap();
        assert_eq!(heard(&systemd), b"READY=1");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn systemd_hears_it_at_a_socket_without_a_folder() {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("liaison-notify-{}", std::process::id());
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        let systemd = UnixDatagram::bind_addr(&address).unwrap();
        notify(Path::new(&format!("@{name}")), b"READY=1").unwrap();
        assert_eq!(heard(&systemd), b"READY=1");
    }

    fn heard(socket: &UnixDatagram) -> Vec<u8> {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        bytes[..length].to_vec()
    }
}
