//! The directory of the files, as those who keep files in it meet it.

use super::*;

const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn files() -> (tempfile::TempDir, ImageFiles) {
    let directory = tempfile::tempdir().unwrap();
    let files = ImageFiles::new(directory.path().join("images"));
    (directory, files)
}

fn names(files: &ImageFiles) -> Vec<String> {
    let entries = files.entries().unwrap().into_iter();
    entries
        .map(|of| of.file_name().into_string().unwrap())
        .collect()
}

fn keep(files: &ImageFiles, bytes: &[u8]) -> Kept {
    let mut file = files.begin(None).unwrap();
    file.write(bytes).unwrap();
    file.finish(&[]).unwrap()
}

#[test]
fn a_file_has_its_name_when_it_is_whole_and_right() {
    let (_directory, files) = files();
    assert_eq!(
        names(&files),
        [""; 0],
        "nothing before there is a first one"
    );
    let mut file = files.begin(Some(3)).unwrap();
    file.write(b"ab").unwrap();
    assert_eq!(files.size(OF_ABC), None);
    file.write(b"c").unwrap();
    let kept = file.finish(&[OF_ABC.to_owned()]).unwrap();
    assert_eq!((kept.sha256.as_str(), kept.bytes), (OF_ABC, 3));
    assert_eq!(files.size(OF_ABC), Some(3));
    assert_eq!(names(&files), [OF_ABC]);
    assert_eq!(keep(&files, b"abc"), kept, "the same again is the same");
    for other in ["../lock", "", &OF_ABC.to_uppercase()] {
        assert_eq!(files.path(other), None);
    }
}

#[test]
fn what_is_not_right_or_not_whole_leaves_nothing() {
    let (_directory, files) = files();
    let mut file = files.begin(None).unwrap();
    file.write(b"abd").unwrap();
    let wrong = file.finish(&[OF_ABC.to_owned()]).unwrap_err();
    assert!(wrong.to_string().contains(OF_ABC), "{wrong}");
    drop(files.begin(None).unwrap());
    assert_eq!(names(&files), [""; 0]);
    let path = files.directory().join(format!("{UNFINISHED}x"));
    fs::write(&path, "some").unwrap();
    files.sweep().unwrap();
    assert_eq!(names(&files), [""; 0], "what a kill has left");
}

#[test]
fn files_keep_to_their_limits() {
    let (_directory, files) = files();
    files.set_limits(Limits { file: 4, all: 10 });
    assert!(matches!(
        files.begin(Some(5)),
        Err(FileError::TooLarge { most: 4 })
    ));
    let mut file = files.begin(None).unwrap();
    file.write(b"1234").unwrap();
    assert!(matches!(file.write(b"5"), Err(FileError::TooLarge { .. })));
    drop(file);
    keep(&files, b"1234");
    keep(&files, b"5678");
    assert!(matches!(
        files.begin(Some(4)),
        Err(FileError::NoPlace { .. })
    ));
    let mut third = files.begin(Some(2)).unwrap();
    third.write(b"90").unwrap();
    let mut fourth = files.begin(None).unwrap();
    assert!(matches!(fourth.write(b"1"), Err(FileError::NoPlace { .. })));
    drop(third);
    fourth.write(b"1").unwrap();
}

#[test]
fn only_old_files_that_nobody_needs_are_set_aside() {
    let (_directory, files) = files();
    let (needed, other) = (keep(&files, b"abc"), keep(&files, b"def"));
    let needed = HashSet::from([needed.sha256]);
    let long_ago = Timestamp::from_micros(1);
    assert!(files.set_aside(&needed, long_ago).unwrap().is_empty());
    let soon = Timestamp::from_micros(i64::MAX);
    let unneeded = files.set_aside(&needed, soon).unwrap();
    assert_eq!(files.size(&other.sha256), None);
    assert_eq!(files.remove(&unneeded).unwrap(), 1);
    assert_eq!(names(&files), [OF_ABC]);
}

#[test]
fn what_all_files_take_is_known_without_a_look() {
    let (_directory, files) = files();
    let mut file = files.begin(None).unwrap();
    file.write(b"abcd").unwrap();
    assert_eq!(files.bytes(), 4);
    drop(file);
    assert_eq!(files.bytes(), 0);
    let four = keep(&files, b"abcd");
    keep(&files, b"abcd");
    keep(&files, b"ab");
    assert_eq!(files.bytes(), 6);
    let unneeded = files.set_aside_this(&four.sha256).unwrap();
    assert_eq!(files.bytes(), 2);
    files.remove(&unneeded).unwrap();
    let again = ImageFiles::new(files.directory().to_owned());
    again.sweep().unwrap();
    assert_eq!(again.bytes(), 2, "after a start");
}
