//! Files of a mounted volume, with whatever can lie in their way.

use std::{
    fs,
    os::unix::fs::symlink,
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};

use imgplane_origins::{Condition, FetchedStatus, Request};
use tempfile::TempDir;

use crate::set_up::{error, knowing, read, stream, volume, whole};

const MISSING: &str = "ENOENT - No file was found on the volume at the specified path";

/// A volume `photos` with some files, next to a folder that must stay out of reach.
fn folder() -> (TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("photos");
    fs::create_dir_all(root.join("products/deep")).unwrap();
    fs::write(temp.path().join("secret.txt"), "secret").unwrap();
    fs::write(root.join("a.jpg"), "abcdefghij").unwrap();
    fs::write(root.join("a+b.jpg"), "plus").unwrap();
    fs::write(root.join("image%2Bexample.jpg"), "percent").unwrap();
    fs::write(root.join("\u{753b}.png"), "utf-8").unwrap();
    fs::write(root.join("products/p.webp"), "product").unwrap();
    fs::write(root.join("empty.jpg"), "").unwrap();
    (temp, root)
}

#[tokio::test]
async fn a_file_comes_whole_with_what_is_known_of_it() {
    let (temp, _) = folder();
    let origin = volume(temp.path(), "");
    let (fetched, bytes) = read(&origin, &whole("a.jpg")).await.unwrap();
    assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Whole, b"abcdefghij".as_slice()));
    assert_eq!(fetched.meta.content_type.as_deref(), Some("image/jpeg"));
    assert_eq!(fetched.meta.content_length, Some(10));
    assert!(fetched.meta.accepts_ranges);
    assert!(fetched.meta.last_modified.unwrap().ends_with(" GMT"));
    let etag = fetched.meta.etag.unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let again = origin.fetch(&whole("a.jpg")).await.unwrap();
    assert_eq!(again.meta.etag, Some(etag));
    drop(again);

    let names = [
        ("a+b.jpg", "plus"),
        ("a%2Bb.jpg", "plus"),
        ("image%252Bexample.jpg", "percent"),
        ("%E7%94%BB.png", "utf-8"),
        ("/products//p.webp", "product"),
        ("empty.jpg", ""),
    ];
    for (path, expected) in names {
        assert_eq!(read(&origin, &whole(path)).await.unwrap().1, expected.as_bytes(), "{path}");
    }
    assert_eq!(read(&volume(temp.path(), "/products/"), &whole("p.webp")).await.unwrap().1, b"product");
}

#[tokio::test]
async fn a_change_of_the_file_changes_its_etag() {
    let (temp, root) = folder();
    let origin = volume(temp.path(), "");
    let before = origin.fetch(&whole("a.jpg")).await.unwrap().meta.etag;
    // Written beside and put in its place, as editors and sync tools do: same size, another file.
    fs::write(root.join("new"), "ABCDEFGHIJ").unwrap();
    fs::rename(root.join("new"), root.join("a.jpg")).unwrap();
    let after = origin.fetch(&whole("a.jpg")).await.unwrap().meta.etag;
    assert_ne!(before, after);
}

#[tokio::test]
async fn a_file_that_is_the_known_one_is_not_read_again_and_a_changed_one_is() {
    let (temp, root) = folder();
    let origin = volume(temp.path(), "");
    let (first, _) = read(&origin, &whole("a.jpg")).await.unwrap();
    let by_etag = knowing(whole("a.jpg"), &origin, &first);
    let by_time = Request {
        condition: by_etag.condition.clone().map(|known| Condition { etag: None, ..known }),
        ..by_etag.clone()
    };
    for request in [&by_etag, &by_time] {
        let (fetched, bytes) = read(&origin, request).await.unwrap();
        assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::NotModified, b"".as_slice()));
        assert_eq!(fetched.meta.etag, first.meta.etag);
        assert_eq!(fetched.meta.last_modified, first.meta.last_modified);
        assert_eq!(fetched.meta.content_length, Some(0));
    }
    // An older file may take the place of a newer one.
    fs::write(root.join("new"), "ABCDEFGHIJ").unwrap();
    let older = UNIX_EPOCH + Duration::from_hours(24);
    fs::File::options().write(true).open(root.join("new")).unwrap().set_modified(older).unwrap();
    fs::rename(root.join("new"), root.join("a.jpg")).unwrap();
    for request in [&by_etag, &by_time] {
        let (fetched, bytes) = read(&origin, request).await.unwrap();
        assert_eq!((fetched.status, bytes.as_slice()), (FetchedStatus::Whole, b"ABCDEFGHIJ".as_slice()));
    }
    fs::remove_file(root.join("a.jpg")).unwrap();
    assert_eq!(error(&origin, &by_etag).await, MISSING);
}

#[tokio::test]
async fn a_time_that_no_header_can_say_is_left_out() {
    let (temp, root) = folder();
    let file = fs::File::options().write(true).open(root.join("a.jpg")).unwrap();
    let year_10000 = UNIX_EPOCH + Duration::from_hours(70_389_528);
    file.set_modified(year_10000).unwrap();
    // Not every file system takes it.
    let taken = file.metadata().unwrap().modified().unwrap();
    let (fetched, _) = read(&volume(temp.path(), ""), &whole("a.jpg")).await.unwrap();
    assert_eq!(fetched.meta.last_modified.is_some(), taken < year_10000);
}

#[tokio::test]
async fn a_large_file_comes_in_pieces() {
    let (temp, root) = folder();
    let data: Vec<u8> = (0..3_000_001_u32).map(|n| (n % 251) as u8).collect();
    fs::write(root.join("large.bin"), &data).unwrap();
    let origin = volume(temp.path(), "");
    let (fetched, bytes) = read(&origin, &stream("large.bin")).await.unwrap();
    assert_eq!(fetched.meta.content_length, Some(3_000_001));
    assert!(bytes == data);
    let ranged = Request { range: Some("bytes=262143-2000000".into()), ..stream("large.bin") };
    let (fetched, bytes) = read(&origin, &ranged).await.unwrap();
    assert_eq!(fetched.meta.content_range.as_deref(), Some("bytes 262143-2000000/3000001"));
    assert!(bytes == data[262_143..=2_000_000]);
}

#[tokio::test]
async fn ranges_are_cut_to_the_file_or_unsatisfiable() {
    let (temp, _) = folder();
    let origin = volume(temp.path(), "");
    let cases = [
        ("bytes=0-3", FetchedStatus::Partial, "bytes 0-3/10", "abcd"),
        ("bytes=8-99", FetchedStatus::Partial, "bytes 8-9/10", "ij"),
        ("bytes=-4", FetchedStatus::Partial, "bytes 6-9/10", "ghij"),
        ("bytes=10-", FetchedStatus::Unsatisfiable, "bytes */10", ""),
    ];
    for (range, status, content_range, expected) in cases {
        let request = Request { range: Some(range.to_owned()), ..stream("a.jpg") };
        let (fetched, bytes) = read(&origin, &request).await.unwrap();
        assert_eq!((fetched.status, bytes.as_slice()), (status, expected.as_bytes()), "{range}");
        assert_eq!(fetched.meta.content_range.as_deref(), Some(content_range));
        assert_eq!(fetched.meta.content_length, Some(expected.len() as u64));
    }
}

#[tokio::test]
async fn links_are_followed_within_the_volume_and_never_out_of_it() {
    let (temp, root) = folder();
    symlink("../a.jpg", root.join("products/within.jpg")).unwrap();
    symlink("products", root.join("folder-link")).unwrap();
    symlink("../secret.txt", root.join("out.txt")).unwrap();
    symlink("../..", root.join("products/up")).unwrap();
    symlink(temp.path().join("secret.txt"), root.join("absolute.txt")).unwrap();
    symlink(root.join("a.jpg"), root.join("absolute-within.jpg")).unwrap();
    symlink("/proc/self/root", root.join("magic")).unwrap();
    symlink("round", root.join("round")).unwrap();
    symlink("nowhere.jpg", root.join("dangling.jpg")).unwrap();
    let origin = volume(temp.path(), "");
    let sub = volume(temp.path(), "products");
    for (origin, path) in
        [(&origin, "products/within.jpg"), (&origin, "folder-link/within.jpg"), (&sub, "within.jpg")]
    {
        assert_eq!(read(origin, &whole(path)).await.unwrap().1, b"abcdefghij", "{path}");
    }
    for path in ["out.txt", "products/up/secret.txt"] {
        assert_eq!(error(&origin, &whole(path)).await, "EACCES - a link leads out of the volume", "{path}");
    }
    let absolute = "EACCES - an absolute link on the volume is not followed";
    for path in ["absolute.txt", "absolute-within.jpg", "magic/etc/hostname"] {
        assert_eq!(error(&origin, &whole(path)).await, absolute, "{path}");
    }
    assert_eq!(error(&origin, &whole("round")).await, "EACCES - a link on the volume cannot be followed");
    assert_eq!(error(&origin, &whole("dangling.jpg")).await, MISSING);
}

#[tokio::test]
async fn what_is_no_file_is_absent_or_denied() {
    let (temp, root) = folder();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o666),
        0,
    )
    .unwrap();
    let socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let origin = volume(temp.path(), "");
    let long = "x".repeat(300);
    for path in
        ["none.jpg", "products", "products/", "a.jpg/", "a.jpg/b.jpg", "no/such/file", &long, "%FF.jpg", ""]
    {
        assert_eq!(error(&origin, &whole(path)).await, MISSING, "{path}");
    }
    for path in ["pipe", "socket"] {
        assert_eq!(
            error(&origin, &whole(path)).await,
            "EACCES - the path names no regular file on the volume",
            "{path}"
        );
    }
    for path in
        ["../secret.txt", "products/../../secret.txt", "%2e%2e/secret.txt", "a%2F..%2F..%2Fsecret.txt"]
    {
        assert!(read(&origin, &whole(path)).await.unwrap_err().bad_request, "{path}");
    }
    drop(socket);
}

#[tokio::test]
async fn a_volume_that_is_not_there_is_said_to_be_missing() {
    let temp = tempfile::tempdir().unwrap();
    let origin = volume(temp.path(), "");
    let failure = read(&origin, &whole("a.jpg")).await.unwrap_err();
    assert_eq!(failure.to_string(), "UNIDENTIFIED - the volume is not mounted");
    assert!(failure.remedy.contains("spec.volumes of the DataPlane"), "{}", failure.remedy);
    // It may be mounted later, without a restart.
    fs::create_dir(temp.path().join("photos")).unwrap();
    fs::write(temp.path().join("photos/a.jpg"), "abc").unwrap();
    assert_eq!(read(&origin, &whole("a.jpg")).await.unwrap().1, b"abc");
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_is_an_error_and_no_short_file() {
    let (temp, root) = folder();
    fs::write(root.join("large.bin"), vec![7; 2 << 20]).unwrap();
    let fetched = volume(temp.path(), "").fetch(&stream("large.bin")).await.unwrap();
    fs::OpenOptions::new().write(true).open(root.join("large.bin")).unwrap().set_len(300 << 10).unwrap();
    let failure = fetched.body.collect(u64::MAX).await.unwrap_err();
    assert_eq!(failure.to_string(), "UNIDENTIFIED - the transfer from the volume broke off");
}
